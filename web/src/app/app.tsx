import { useState } from 'react';
import { useSearch } from 'wouter';
import { navigate, usePathname } from 'wouter/use-browser-location';
import { ErrorPage, Notice } from './error_page';
import { ListPage } from './list_page';
import { roomFromLocation } from './room_location';

export function App() {
  // The raw path: wouter's own hook decodes, and a room name may hold `%`.
  const room = roomFromLocation(usePathname(), useSearch());
  // A list that is begun anew is another one, though it has the name of the old.
  const [generation, setGeneration] = useState(0);
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
      <ListPage
        key={`${generation} ${room}`}
        room={room}
        onAnew={() => setGeneration((before) => before + 1)}
      />
    </ErrorPage>
  );
}
