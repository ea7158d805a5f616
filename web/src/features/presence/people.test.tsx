// @vitest-environment happy-dom
import { MantineProvider } from '@mantine/core';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { parsePerson, type Person } from '@/righttask/presence';
import { People } from './people';

afterEach(cleanup);

/** As somebody without good intentions may have it told. */
function stranger(name: string, color: unknown, index: number): Person {
  const person = parsePerson(`u${index}`, { metas: [{ name, color, online_at: '1' }] }, 'self');
  if (!person) throw new Error('nobody');
  return person;
}

it('shows the names and colours of others as text and colours, whatever they hold', () => {
  const names = [
    '<img src=x onerror="window.stolen = 1">',
    '<script>window.stolen = 1</script>',
    '"><svg onload="window.stolen = 1">',
    "javascript:alert('1')",
    '&lt;b&gt;{{1}}${1}',
  ];
  const colors = [
    'red;background:url(//evil.example)',
    'url(//evil.example)',
    '#12345678',
    '</style><script>',
    {},
  ];
  const people = names.map((name, i) => stranger(name, colors[i], i));
  const { baseElement } = render(
    <MantineProvider>
      <People
        people={people}
        identity={{ userId: 'self', name: '', color: '#123456', named: true }}
        nameFixed={false}
        onIdentity={() => undefined}
      />
    </MantineProvider>,
  );
  for (const person of people) {
    expect(screen.getByRole('img', { name: person.name }).textContent).not.toBe('');
    expect(person.color).toMatch(/^#[0-9a-f]{6}$/i);
  }
  expect(baseElement.querySelector('script, svg[onload], [src], [onerror]')).toBeNull();
  expect(baseElement.innerHTML).not.toContain('evil.example');
  expect('stolen' in window).toBe(false);
});
