/** Which room a URL names: `/list/<room>`, or `?room=`, else the first list. */

export const defaultRoom = 'task-list-1';

const roomBytesMax = 255 - 'room:'.length;

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** Room names are taken byte for byte; what no server would accept is none. */
function accept(room: string | null): string | null {
  if (room === null || room === '') return null;
  // Control characters are the point of this test.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(room)) return null;
  return new TextEncoder().encode(room).length <= roomBytesMax ? room : null;
}

/** Null when the URL names a room that cannot be one. */
export function roomFromLocation(pathname: string, search: string): string | null {
  const list = /^\/list\/([^/]+)\/?$/.exec(pathname);
  if (list?.[1] !== undefined) return accept(decode(list[1]));
  if (pathname.startsWith('/list/')) return null;
  const query = new URLSearchParams(search).get('room');
  return query === null || query === '' ? defaultRoom : accept(query);
}

/** Servers and proxies refuse an encoded slash in a path, hence the second form. */
export function pathOfRoom(room: string): string {
  if (room.includes('/')) return `/?room=${encodeURIComponent(room)}`;
  return `/list/${encodeURIComponent(room)}`;
}

/** `task-list-1` is shown as "Task list 1"; a name with capitals or spaces as it is. */
export function titleOfRoom(room: string): string {
  if (!/^[a-z0-9]+(?:[-_][a-z0-9]+)*$/.test(room)) return room;
  const words = room.replace(/[-_]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
