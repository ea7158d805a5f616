// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { ErrorPage } from './error_page';

afterEach(cleanup);

it('stands in for a page that cannot be shown, and lets it be tried again', () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  let broken = true;
  function Page() {
    if (broken) throw new Error('a bad day');
    return <p>The list</p>;
  }
  render(
    <ErrorPage>
      <Page />
    </ErrorPage>,
  );
  expect(screen.getByRole('heading').textContent).toBe('This page has stumbled');
  expect(screen.getByText('a bad day')).toBeTruthy();
  broken = false;
  fireEvent.click(screen.getByRole('button', { name: 'Show the list again' }));
  expect(screen.getByText('The list')).toBeTruthy();
});
