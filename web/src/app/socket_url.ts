/** Where the server's socket is: as configured, else where the page came from. */
export function socketUrl(
  configured: string | undefined,
  development: boolean,
  location: Pick<Location, 'protocol' | 'host'>,
): string {
  if (configured !== undefined && configured.trim() !== '') return configured.trim();
  if (development) return 'ws://localhost:4000/socket';
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/socket`;
}
