{
  const start = () => {
    clearTimeout(late);
    painted.disconnect();
    for (const link of document.querySelectorAll("link[rel=modulepreload]")) {
      const now = /** @type {HTMLElement} */ (link.cloneNode());
      now.removeAttribute("media");
      link.replaceWith(now);
    }
    for (const script of document.querySelectorAll("script[type='text/plain']")) {
      const now = document.createElement("script");
      now.type = "module";
      now.nonce = /** @type {HTMLElement} */ (script).nonce ?? "";
      now.textContent = script.textContent;
      script.replaceWith(now);
    }
  };
  const painted = new PerformanceObserver(start);
  painted.observe({ type: "paint", buffered: true });
  const late = setTimeout(start, 1000);
  document.currentScript?.remove();
}
