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
import { IdentityStore } from '@/righttask/identity';
import { RightTaskProvider } from '@/righttask-react/righttask_provider';
import { theme } from '@/ui/theme';
import { App } from './app';
import { socketUrl } from './socket_url';

function browserStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element #root');

const { VITE_PHOENIX_URL, DEV } = import.meta.env;
const options = {
  socketUrl: socketUrl(VITE_PHOENIX_URL, DEV, window.location),
  identity: new IdentityStore(browserStorage()),
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
