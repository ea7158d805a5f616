import { createTheme, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#eef2fb',
  '#dce4f5',
  '#b9c8ea',
  '#94abe0',
  '#7590d6',
  '#5a78c4',
  '#4767b0',
  '#3d5a9e',
  '#314a85',
  '#263a6a',
];

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  // Text on filled buttons is chosen for the light theme's shade and used in both: white on the
  // accent, black on red.
  luminanceThreshold: 0.2,
  colors: { accent },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  defaultRadius: 'sm',
  respectReducedMotion: true,
});
