/** @returns whether the text is an origin as browsers send it: scheme, host and port, nothing behind them */
export const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;
