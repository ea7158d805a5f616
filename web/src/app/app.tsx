import { useSearch } from 'wouter';
import { navigate, usePathname } from 'wouter/use-browser-location';
import { ErrorPage, Notice } from './error_page';
import { ListPage } from './list_page';
import { roomFromLocation } from './room_location';

export function App() {
  // The raw path: wouter's own hook decodes, and a room name may hold `%`.
  const room = roomFromLocation(usePathname(), useSearch());
  if (room === null) {
    return (
      <Notice
        title="There is no such list"
        action={{ label: 'Open the first list', onClick: () => navigate('/') }}
      >
        The name in the address is not one a list can have.
      </Notice>
    );
  }
  return (
    <ErrorPage key={room}>
      <ListPage key={room} room={room} />
    </ErrorPage>
  );
}
