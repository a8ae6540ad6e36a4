/** Sizes of units within one dimension, in its smallest: only such as never depend on context. */
const dimensions: readonly Readonly<Record<string, number>>[] = [
  { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 },
  {
    millimeter: 1,
    millimetre: 1,
    mm: 1,
    centimeter: 10,
    centimetre: 10,
    cm: 10,
    meter: 1000,
    metre: 1000,
    kilometer: 1e6,
    kilometre: 1e6,
    km: 1e6,
  },
  { inch: 1, inche: 1, feet: 12, foot: 12, yard: 36, mile: 63_360 },
  { gram: 1, g: 1, kilogram: 1000, kg: 1000, tonne: 1e6 },
  { milliliter: 1, millilitre: 1, ml: 1, liter: 1000, litre: 1000 },
  { cent: 1, dollar: 100 },
];

const sizes = new Map(
  dimensions.flatMap((units, dimension) =>
    Object.entries(units).map(([unit, size]) => [unit, { dimension, size }] as const),
  ),
);

const stated =
  /(?<![\d.,/*x+-]\s?)(\d[\d,]*(?:\.\d+)?)\s?([a-z]{1,11}?)s?\s*(?:=|is equal to|are equal to|equals)\s*(\d[\d,]*(?:\.\d+)?)\s?([a-z]{1,11}?)s?(?![\p{L}\d]|\s*[*/x+\d-])/giu;

/** Statements such as "3 feet = 30 inches" that are not so. What is rounded to what it shows is right. */
export function falseConversions(text: string): string[] {
  const wrong: string[] = [];
  for (const line of text.split('\n')) {
    if (line.length > 2000) continue;
    for (const match of line.matchAll(stated)) {
      const [source, left, from, right, to] = match;
      const a = sizes.get((from ?? '').toLowerCase());
      const b = sizes.get((to ?? '').toLowerCase());
      if (a === undefined || b === undefined || a.dimension !== b.dimension || a.size === b.size) continue;
      const is = (number(left) * a.size) / b.size;
      const said = number(right);
      // Three per cent: "1 mile = 1609 m" would be another dimension here, but roundings of long results are usual.
      if (Math.abs(is - said) > Math.max(0.03 * Math.abs(is), 1e-9))
        wrong.push(`"${source}": it is ${Number(is.toPrecision(6))}`);
    }
  }
  return wrong;
}

function number(text: string | undefined): number {
  return Number((text ?? '').replaceAll(',', ''));
}
