/** The dictionaries of all columns that are written may together take no more of the memory: operators need it. */
export const dictionariesPart = 1 / 8;
