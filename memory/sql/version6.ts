/** Version 6: experiments. */
export const version6 = '';
