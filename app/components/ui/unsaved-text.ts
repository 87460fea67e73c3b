type TextInput = HTMLInputElement | HTMLTextAreaElement;

export const textFields = (parent: ParentNode): TextInput[] => [
  ...parent.querySelectorAll<TextInput>("input:is([type=text], [type=email]), textarea"),
];

/** Whether the page has text that was typed and not sent, or that was rejected. */
export const hasUnsavedText = (): boolean =>
  textFields(document).some(
    ({ form, value, defaultValue }) =>
      value !== defaultValue || (value && form?.querySelector("[role=alert], [aria-invalid]")),
  );
