import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import reactHooks from 'eslint-plugin-react-hooks';
import { readdirSync } from 'node:fs';
import { URL } from 'node:url';
import tseslint from 'typescript-eslint';

// The layers, top to bottom. A file may import from its own layer and from
// those below it, never from those above, and features never from each other.
const zones = [
  {
    target: './src/righttask',
    from: './src',
    except: ['./righttask'],
    message: 'The room client knows nothing of React or of the pages.',
  },
  {
    target: './src/righttask-react',
    from: './src',
    except: ['./righttask-react', './righttask'],
    message: 'Hooks stand on the room client alone.',
  },
  {
    target: './src/ui',
    from: './src',
    except: ['./ui', './righttask'],
    message: 'Shared components know no feature and no room.',
  },
  { target: './src/features', from: './src/app', message: 'Features do not know the pages that use them.' },
  ...readdirSync(new URL('./src/features', import.meta.url)).map((feature) => ({
    target: `./src/features/${feature}`,
    from: './src/features',
    except: [`./${feature}`],
    message: 'Features do not import one another; what they share belongs in ui/, righttask-react/ or app/.',
  })),
];

export default tseslint.config(
  { ignores: ['dist', 'coverage'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.{ts,tsx}'] })),
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX, 'react-hooks': reactHooks },
    settings: { 'import-x/resolver': { typescript: true } },
    rules: {
      ...reactHooks.configs.recommended.rules,
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/righttask/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['react', 'react-*', '@mantine/*'] }] },
  },
  {
    files: ['**/*.test.{ts,tsx}', 'src/righttask/testing/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
