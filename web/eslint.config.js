import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import { readdirSync } from 'node:fs';
import { URL } from 'node:url';
import tseslint from 'typescript-eslint';

// The layers, top to bottom: app, features, righttask-react and ui, righttask.
// What lies in another folder is imported by its full name (`@/ui/icons`), never
// upwards by `../`, so a list of names per folder states the layers completely.
const below = {
  'src/app': ['features', 'righttask-react', 'ui', 'righttask'],
  'src/righttask-react': ['righttask'],
  'src/ui': ['righttask'],
  'src/righttask': [],
};
for (const feature of readdirSync(new URL('./src/features', import.meta.url))) {
  below[`src/features/${feature}`] = ['righttask-react', 'ui', 'righttask'];
}

/** What a folder may import: itself by `./`, packages, and the layers below it. */
function layer([folder, allowed]) {
  const knowsReact = folder !== 'src/righttask';
  return {
    files: [`${folder}/**/*.{ts,tsx}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^\\.\\./', message: 'Import from other folders by their full name, as in @/ui/icons.' },
            { regex: `^@/(?!(?:${allowed.join('|') || '-'})/)`, message: `${folder} stands below that layer, or beside it.` },
            ...(knowsReact ? [] : [{ regex: '^(?:react|@mantine/)', message: 'The room client knows no React.' }]),
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ['dist', 'coverage'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.{ts,tsx}'] })),
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  ...Object.entries(below).map(layer),
  {
    files: ['**/*.test.{ts,tsx}', 'src/righttask/testing/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
