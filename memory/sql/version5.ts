/** Version 5: labels. */
export const version5 = '';
