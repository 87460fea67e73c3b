/**
 * Words for task titles and sentences for descriptions, by language. `{a}` and `{b}` in a title stand for any of the
 * words of that name. The texts cover accents, scripts with and without case, right-to-left scripts (also mixed with
 * digits and Latin), combining marks, scripts without spaces, and full-width punctuation.
 */
export interface Phrases {
  titles: string[];
  a: string[];
  b: string[];
  sentences: string[];
  /** Joins titles into a long one. */
  joint: string;
}

const phrases: Record<string, Phrases> = {
  en: {
    titles: [
      "Call {a} {b}",
      "Write to {a} {b}",
      "Ask {a} about the invoice",
      "Find a present for {a}",
      "Ring {a} back {b}",
    ],
    a: [
      "the dentist",
      "Aunt Maud",
      "the landlord",
      "the bike shop",
      "Dr O’Neill",
      "the school",
      "Ravi & Jo",
      "the library",
    ],
    b: [
      "before noon",
      "by Friday",
      "after the move",
      "this week",
      "once the parcel is here",
      "on the 3rd",
      "(again)",
    ],
    sentences: [
      "The number is on the fridge, under the magnet from Lisbon.",
      "They only answer between 9 and 11.",
      "Last time it took three weeks – don’t leave it so late.",
      "Ask for the reference, write it down here: ____",
      "See https://example.org/forms?id=42&lang=en for the form.",
    ],
    joint: "; then ",
  },
  fr: {
    titles: [
      "Appeler {a} {b}",
      "Écrire à Zoé {b}",
      "Prévoir un café avec {a}",
      "Relancer {a} {b}",
      "Où est le reçu ? Demander à Noël",
    ],
    a: [
      "le notaire",
      "la mairie",
      "l’assurance",
      "maman",
      "Jérôme",
      "la crèche",
      "le garçon d’à côté",
      "ma sœur",
    ],
    b: [
      "avant midi",
      "à la rentrée",
      "dès lundi",
      "après les fêtes",
      "ce week-end",
      "d’ici vendredi",
      "(urgent !)",
    ],
    sentences: [
      "Le dossier est dans le tiroir du bas, à côté des clés.",
      "Ça ne répond qu’entre 9 h et 11 h 30.",
      "Penser à garder le reçu : 48,90 € à rembourser.",
      "« Pas avant jeudi », a-t-il dit – à vérifier.",
    ],
    joint: " ; puis ",
  },
  es: {
    titles: [
      "Llamar a {a} {b}",
      "Comprar un regalo para {a}",
      "¿Preguntar a {a} por el piñón?",
      "Escribir a {a} {b}",
      "¡Avisar a {a} {b}!",
    ],
    a: ["la abuela", "Iñaki", "la peña", "don Andrés", "los niños", "la señora Núñez", "mi compañera"],
    b: ["mañana", "antes del miércoles", "por la tarde", "este año", "después del colegio", "el día 15"],
    sentences: [
      "El teléfono está en la agenda, página 12.",
      "Solo atienden por la mañana; ojo con los festivos.",
      "Quedamos en que lo pagábamos a medias.",
      "¿Y si preguntamos también al vecino del quinto?",
    ],
    joint: "; y luego ",
  },
  de: {
    titles: [
      "{a} {b} anrufen",
      "Termin mit {a} {b} ausmachen",
      "Für {a} Brötchen mitbringen",
      "An {a} schreiben: Rückgabe läuft",
      "Fußballschuhe für {a} besorgen",
    ],
    a: ["Jürgen", "Frau Großmann", "Käthe", "Herrn Weiß", "Oma Gerda", "Björn", "Familie Schäfer"],
    b: ["vor Mittag", "bis Freitag", "nächste Woche", "übermorgen", "nach Feierabend", "so früh wie möglich"],
    sentences: [
      "Die Unterlagen liegen im grünen Ordner, Fach „Versicherung“.",
      "Öffnungszeiten: Mo–Do 8–16 Uhr, freitags nur bis 12.",
      "Rechtsschutzversicherungsgesellschaften brauchen dafür angeblich sechs Wochen.",
      "Nicht vergessen: Straße und Hausnummer haben sich geändert!",
    ],
    joint: "; danach ",
  },
  el: {
    titles: [
      "Τηλέφωνο {a} {b}",
      "Γράμμα {a}",
      "Μήνυμα {a} {b}",
      "Καφές και βόλτα {b}",
      "Ραντεβού με γιατρό {b}",
    ],
    a: ["στη Μαρία", "στον Γιώργο", "στη γιαγιά", "στο σχολείο", "στην τράπεζα", "στον υδραυλικό"],
    b: ["αύριο το πρωί", "πριν από το μεσημέρι", "την Παρασκευή", "μετά τις διακοπές", "μέσα στην εβδομάδα"],
    sentences: [
      "Το τηλέφωνο είναι στο συρτάρι της κουζίνας.",
      "Ανοιχτά μόνο 9:00–14:00.",
      "Να μην ξεχάσω την απόδειξη!",
      "Πόσο κοστίζει; Περίπου 35 €.",
    ],
    joint: " · ",
  },
  uk: {
    titles: [
      "Подзвонити {a} {b}",
      "Написати {a} {b}",
      "Купити подарунок {a}",
      "Відповісти {a} {b}",
      "Передати ключі {a}",
    ],
    a: ["бабусі", "Тарасові", "лікарці", "сусідам", "Юлії", "учительці"],
    b: ["до обіду", "у п’ятницю", "цього тижня", "після роботи", "завтра зранку"],
    sentences: [
      "Номер записаний на холодильнику.",
      "Працюють лише до 16:00, обід з 13-ї.",
      "Не забути ґудзики й їжачка для Софійки.",
      "Ціна – приблизно 450 ₴.",
    ],
    joint: "; потім ",
  },
  ru: {
    titles: [
      "Позвонить {a} {b}",
      "Написать {a} {b}",
      "Купить подарок {a}",
      "Ответить {a} {b}",
      "Отдать книгу {a}",
    ],
    a: ["бабушке", "врачу", "соседям", "Алёне", "мастеру", "дедушке"],
    b: ["до обеда", "в пятницу", "на этой неделе", "после работы", "завтра утром"],
    sentences: [
      "Номер записан на холодильнике.",
      "Отвечают только с 9 до 11.",
      "Не забыть чек – вернуть 1 250 ₽.",
      "«Ещё не готово», – сказали в среду.",
    ],
    joint: "; затем ",
  },
  ar: {
    titles: [
      "الاتصال بـ{a} {b}",
      "كتابة رسالة إلى {a}",
      "شراء هدية لـ {a} {b}",
      "موعد مع {a} {b}",
      "إرسال ملف PDF إلى {a}",
    ],
    a: ["الطبيبة", "الجيران", "المدرسة", "خالتي", "السيد حداد", "البنك"],
    b: ["قبل الظهر", "يوم الجمعة", "هذا الأسبوع", "بعد العمل", "الساعة ١٠:٣٠", "غدًا صباحًا"],
    sentences: [
      "الرقم مكتوب على ورقة قرب الباب.",
      "يفتحون من الساعة ٩ حتى ١٤ فقط.",
      "لا تنسَ الإيصال رقم INV-2093.",
      "هل نحتاج إلى موعد جديد؟",
    ],
    joint: "، ثم ",
  },
  he: {
    titles: [
      "להתקשר אל {a} {b}",
      "לכתוב אל {a} {b}",
      "לקנות מתנה בשביל {a}",
      "פגישה עם {a} {b}",
      "לשלוח קובץ PDF אל {a}",
    ],
    a: ["סבתא", "השכנים", "בית הספר", "תמר", "רופאת השיניים", "הספרייה"],
    b: ["לפני הצהריים", "ביום שישי", "השבוע", "אחרי העבודה", "בשעה 10:30", "מחר בבוקר"],
    sentences: [
      "המספר רשום על המקרר.",
      "עונים רק בין 9:00 ל־11:00.",
      "לא לשכוח את הקבלה (₪120).",
      "לבדוק גם ב-example.org לפני שמתקשרים.",
    ],
    joint: "; אחר כך ",
  },
  hi: {
    titles: [
      "{a} को {b} फ़ोन करना",
      "{a} को {b} चिट्ठी लिखना",
      "{a} के लिए उपहार ख़रीदना",
      "{a} से {b} मिलना",
      "{a} को किताब लौटाना",
    ],
    a: ["दादी", "मीरा", "डॉक्टर", "पड़ोसी", "रोहन", "माली"],
    b: ["दोपहर से पहले", "शुक्रवार को", "इस हफ़्ते", "कल सुबह", "शाम ५ बजे"],
    sentences: [
      "नंबर फ़्रिज पर लिखा है।",
      "सिर्फ़ ९ से ११ बजे तक जवाब देते हैं।",
      "रसीद सँभालकर रखना – ₹१,२५० वापस मिलेंगे।",
      "क्या नया फ़ॉर्म चाहिए?",
    ],
    joint: "; फिर ",
  },
  ja: {
    titles: [
      "{b}{a}に電話する",
      "{a}へメールを送る",
      "{b}{a}と打ち合わせ",
      "{a}へのプレゼントを買う",
      "{a}に本を返す（{b}）",
    ],
    a: ["歯医者さん", "田中さん", "大家さん", "おばあちゃん", "市役所", "図書館", "ヤマダ電機"],
    b: ["明日の朝", "金曜までに", "今週中に", "お昼前に", "引っ越しのあと", "３時に"],
    sentences: [
      "電話番号は冷蔵庫に貼ってある。",
      "受付は９：００〜１１：３０のみ。",
      "領収書を忘れないこと！（￥３，２００）",
      "「来週なら大丈夫」とのこと。",
    ],
    joint: "、それから",
  },
  zh: {
    titles: ["{b}给{a}打电话", "给{a}写信", "{b}跟{a}见面", "给{a}买生日礼物", "{b}把书还给{a}"],
    a: ["奶奶", "牙医", "房东", "王老师", "邻居", "图书馆", "物业公司"],
    b: ["明天早上", "周五之前", "这周", "中午以前", "搬家以后", "下午三点"],
    sentences: [
      "号码贴在冰箱上。",
      "只有九点到十一点有人接。",
      "别忘了发票：￥128.00。",
      "对方说“下周可以”，再确认一下。",
    ],
    joint: "，然后",
  },
  ko: {
    titles: [
      "{b} {a}에게 전화하기",
      "{a}에게 메일 보내기",
      "{b} {a} 만나기",
      "{a} 생일 선물 사기",
      "{a}에게 책 돌려주기 ({b})",
    ],
    a: ["할머니", "치과 선생님", "집주인", "지우", "옆집 아저씨", "도서관 사서"],
    b: ["내일 아침", "금요일까지", "이번 주에", "점심 전에", "이사 후에", "오후 3시에"],
    sentences: [
      "전화번호는 냉장고에 붙어 있음.",
      "오전 9시부터 11시까지만 받음.",
      "영수증 꼭 챙기기! (₩32,000)",
      "“다음 주면 괜찮아요”라고 함.",
    ],
    joint: ", 그다음 ",
  },
};

/** The codes of all languages. */
export const LANGUAGES = Object.keys(phrases);

/** @throws Error for a language that is not one of LANGUAGES */
export function phrasesIn(language: string): Phrases {
  const found = phrases[language];
  if (!found) throw new Error(`db/seed/phrases.ts has no phrases in "${language}"`);
  return found;
}

/** Put before some titles: one code point, several, with a skin tone, joined, and a flag. */
export const emoji = ["🛒", "📞", "🎂", "✉️", "🚲", "👩🏽‍⚕️", "👨‍👩‍👧", "🏳️‍🌈", "🇵🇹", "❗", "🧹", "🌱"];
