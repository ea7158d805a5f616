import '@mantine/core/styles/global.css';
import '@mantine/core/styles/default-css-variables.css';
import '@mantine/core/styles/UnstyledButton.css';
import '@mantine/core/styles/VisuallyHidden.css';
import '@mantine/core/styles/Loader.css';
import '@mantine/core/styles/Button.css';
import '@mantine/core/styles/ActionIcon.css';
import '@mantine/core/styles/ColorSwatch.css';
import '@mantine/core/styles/Popover.css';
import '@mantine/core/styles/Tooltip.css';
import '@mantine/core/styles/Input.css';
import '@/ui/theme.css';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AccessTokenStore, tokenOfAddress } from '@/righttask/access_token';
import { IdentityStore } from '@/righttask/identity';
import { RightTaskProvider } from '@/righttask-react/righttask_provider';
import { theme } from '@/ui/theme';
import { App } from './app';
import { socketUrl } from './socket_url';

function browserStorage(kind: 'localStorage' | 'sessionStorage'): Storage | null {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

/** A token in the address is taken out of it before anything else happens. */
function takeToken(store: AccessTokenStore): void {
  const found = tokenOfAddress(window.location);
  if (!found) return;
  window.history.replaceState(window.history.state, '', found.rest);
  store.accept(found.token);
}

const token = new AccessTokenStore(browserStorage('sessionStorage'));
takeToken(token);
window.addEventListener('hashchange', () => takeToken(token));

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element #root');

const { VITE_PHOENIX_URL, DEV } = import.meta.env;
const options = {
  socketUrl: socketUrl(VITE_PHOENIX_URL, DEV, window.location),
  identity: new IdentityStore(browserStorage('localStorage')),
  token,
  keepCopy: typeof indexedDB !== 'undefined',
};

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <RightTaskProvider options={options}>
        <App />
      </RightTaskProvider>
    </MantineProvider>
  </StrictMode>,
);
