/** Given and family names that go together in any pairing, each with how its owner writes it in an address. */
export interface LocaleNames {
  given: [name: string, latin: string][];
  family: [name: string, latin: string][];
  /** The family name stands first, and without a blank where the script has none. */
  familyFirst?: "spaced" | "joined";
}

const plain = (names: string): [string, string][] =>
  names.split(" ").map((name) => [
    name,
    name
      .normalize("NFD")
      .replace(/\P{ASCII}/gu, "")
      .toLowerCase(),
  ]);

const paired = (names: string): [string, string][] =>
  names.split(" ").map((pair) => pair.split("/") as [string, string]);

/** By the language of db/seed-phrases.ts. */
export const localeNames: Record<string, LocaleNames> = {
  en: {
    given: plain("Grace Oliver Maya Theo Ruth Samuel Ivy Noah Priya Callum"),
    family: plain("Okafor Bennett Whitaker Lindqvist Hughes Marlowe Pemberton Sharma Doyle Ashworth"),
  },
  fr: {
    given: plain("Amélie Zoé Hélène Jérôme Maël Noémie François Léa Benoît Chloé"),
    family: plain("Dubois Lefèvre Moreau Girard Béranger Gauthier Perrin Chevalier Rivière Hébert"),
  },
  es: {
    given: plain("Begoña Iñaki Lucía Andrés Sofía Joaquín Inés Ramón Martín Ángela"),
    family: plain("García Muñoz Ibáñez Peña Castaño Núñez Jiménez Ortega Cárdenas Zúñiga"),
  },
  de: {
    given: paired(
      "Jürgen/juergen Käthe/kaethe Björn/bjoern Annika/annika Lukas/lukas Mareike/mareike Sören/soeren Ulrike/ulrike",
    ),
    family: paired(
      "Müller/mueller Großmann/grossmann Schäfer/schaefer Weiß/weiss Köhler/koehler Brandt/brandt Lüttich/luettich Vogt/vogt",
    ),
  },
  el: {
    given: paired("Ελένη/eleni Κατερίνα/katerina Δήμητρα/dimitra Σοφία/sofia Ιωάννα/ioanna Άννα/anna"),
    family: paired(
      "Παπαδοπούλου/papadopoulou Γεωργίου/georgiou Νικολαΐδου/nikolaidou Ιωάννου/ioannou Οικονόμου/oikonomou Αλεξίου/alexiou",
    ),
  },
  uk: {
    given: paired("Олена/olena Тарас/taras Юлія/yuliia Андрій/andrii Соломія/solomiia Ігор/ihor"),
    family: paired(
      "Шевченко/shevchenko Коваленко/kovalenko Бондаренко/bondarenko Ткаченко/tkachenko Мельник/melnyk Гончар/honchar",
    ),
  },
  ru: {
    given: paired("Юлия/yulia Дарья/daria Наталья/natalia Ольга/olga Екатерина/ekaterina Полина/polina"),
    family: paired(
      "Соколова/sokolova Лебедева/lebedeva Морозова/morozova Орлова/orlova Зайцева/zaitseva Ёлкина/yolkina",
    ),
  },
  ar: {
    given: paired("ليلى/layla عمر/omar فاطمة/fatima يوسف/yusuf مريم/maryam كريم/karim"),
    family: paired("حداد/haddad منصور/mansour الخطيب/alkhatib خوري/khoury نصار/nassar الزين/alzein"),
  },
  he: {
    given: paired("נועה/noa איתן/eitan תמר/tamar יונתן/yonatan מיכל/michal אורי/ori"),
    family: paired("כהן/cohen לוי/levi מזרחי/mizrahi פרידמן/friedman אברהם/avraham גולן/golan"),
  },
  hi: {
    given: paired("अनन्या/ananya रोहन/rohan मीरा/meera अर्जुन/arjun काव्या/kavya विवेक/vivek"),
    family: paired("शर्मा/sharma वर्मा/verma गुप्ता/gupta अय्यर/iyer जोशी/joshi मेहता/mehta"),
  },
  ja: {
    given: paired("さくら/sakura 健太/kenta 美咲/misaki 陽菜/hina 大輔/daisuke 結衣/yui"),
    family: paired("佐藤/sato 鈴木/suzuki 高橋/takahashi 田中/tanaka 渡辺/watanabe 小林/kobayashi"),
    familyFirst: "spaced",
  },
  zh: {
    given: paired("秀英/xiuying 伟/wei 雨桐/yutong 子涵/zihan 建国/jianguo 晓明/xiaoming"),
    family: paired("王/wang 李/li 张/zhang 陈/chen 欧阳/ouyang 黄/huang"),
    familyFirst: "joined",
  },
  ko: {
    given: paired("민준/minjun 서연/seoyeon 지우/jiwoo 하윤/hayoon 도윤/doyoon 수빈/subin"),
    family: paired("김/kim 이/lee 박/park 최/choi 정/jung 강/kang"),
    familyFirst: "joined",
  },
};
