/** Version 7: clients. */
export const version7 = '';
