/** Version 8: entries. */
export const version8 = '';
