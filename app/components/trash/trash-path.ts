/** The canonical address of a page of the trash. */
export const trashPath = (page = 1): string => (page > 1 ? `/trash?page=${page}` : "/trash");
