interface ImportMetaEnv {
  readonly VITE_PHOENIX_URL?: string;
  readonly VITE_API_URL?: string;
}
