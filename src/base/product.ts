/** The command's name, and of the folders and files that we make. */
export const PRODUCT = 'remora';
/** The name as people read it. */
export const PRODUCT_TITLE = 'Remora';
