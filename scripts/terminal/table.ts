import { columnsOf, cut } from './safe-text.ts';

export interface Column<Row> {
  title: string;
  value: (row: Row) => string;
  align?: 'left' | 'right';
  /** Takes what the screen has left, and is cut there; one column at most. */
  flexible?: boolean;
}

const gap = '  ';

/** A table as lines, the head first. Values must be safe for a terminal already (`safeLine`). */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  screenWidth: number,
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const widths = columns.map((column, i) =>
    Math.max(columnsOf(column.title), ...cells.map((row) => columnsOf(row[i] ?? ''))),
  );
  const flexible = columns.findIndex((column) => column.flexible === true);
  const total = widths.reduce((sum, width) => sum + width, 0) + gap.length * (columns.length - 1);
  if (flexible >= 0 && total > screenWidth) {
    const width = widths[flexible] ?? 0;
    widths[flexible] = Math.max(10, width - (total - screenWidth));
  }
  const line = (values: readonly string[]) =>
    columns
      .map((column, i) => {
        const width = widths[i] ?? 0;
        const text = cut(values[i] ?? '', width);
        const space = ' '.repeat(Math.max(0, width - columnsOf(text)));
        return column.align === 'right' ? space + text : text + space;
      })
      .join(gap)
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...cells.map(line)];
}
