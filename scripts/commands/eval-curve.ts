import type { EvalRow } from './eval.ts';

const width = 60;
const height = 12;
const marks: Readonly<Record<string, string>> = {
  'prompts only': 'p',
  'with answers': 'a',
  random: '.',
  'prompt length': 'l',
  oracle: 'o',
};

/**
 * The curves in characters: across, the share of prompts sent to the strong model; up, the gap recovered. Where several
 * meet, the first of the rows is seen: the learned ones.
 */
export function curveLines(rows: readonly EvalRow[]): string[] {
  const top = 1.2;
  const grid = Array.from({ length: height + 1 }, () => Array.from({ length: width + 1 }, () => ' '));
  for (const row of [...rows].reverse()) {
    for (let x = 0; x <= width; x++) {
      const value = row.curve[Math.round((x / width) * (row.curve.length - 1))] ?? 0;
      const y = Math.min(height, Math.max(0, Math.round((value / top) * height)));
      const line = grid[height - y];
      if (line !== undefined) line[x] = marks[row.router] ?? '*';
    }
  }
  const label = (y: number) => (((height - y) / height) * top).toFixed(1);
  return [
    'gap recovered',
    ...grid.map((line, y) => `${label(y)} |${line.join('')}`),
    `    +${'-'.repeat(width + 1)}`,
    `     0 %${' '.repeat(width - 24)}share to the strong model`,
    `${rows.map((row) => `${marks[row.router]} ${row.router}`).join('   ')}   (where they meet, the first is shown)`,
  ];
}

const colours = ['#1f6feb', '#d1242f', '#8c959f', '#bf8700', '#1a7f37'];

/** The same as an SVG document that needs nothing else; the first row is drawn last, over the others. */
export function curveSvg(rows: readonly EvalRow[]): string {
  const left = 50;
  const size = { x: 600, y: 360 };
  const px = (share: number) => (left + share * size.x).toFixed(1);
  const py = (value: number) => (20 + size.y * (1 - value / 1.2)).toFixed(1);
  const lines = rows.map((row, index) => {
    const last = row.curve.length - 1;
    const step = Math.max(1, Math.floor(last / 300));
    const points: string[] = [];
    for (let k = 0; k <= last; k += step) points.push(`${px(k / last)},${py(row.curve[k] ?? 0)}`);
    points.push(`${px(1)},${py(1)}`);
    const colour = colours[index % colours.length];
    const name = `<text x="${left + 10}" y="${36 + 16 * index}" fill="${colour}">${row.router} ${row.apgr.toFixed(3)}</text>`;
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.join(' ')}"/>\n${name}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 430" font-family="sans-serif" font-size="12">
<title>Gap recovered against share sent to the strong model</title>
<rect width="680" height="430" fill="#fff"/>
<path d="M${left} 20V${20 + size.y}H${left + size.x}" fill="none" stroke="#57606a"/>
<text x="${left}" y="${40 + size.y}">0</text><text x="${left + size.x - 10}" y="${40 + size.y}">1</text>
<text x="${left + 200}" y="${40 + size.y}">share sent to the strong model</text>
<text x="10" y="${py(1)}">1.0</text><text x="10" y="${py(0.5)}">0.5</text>
${lines.reverse().join('\n')}
</svg>
`;
}
