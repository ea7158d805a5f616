import { Component, type ErrorInfo, type ReactNode } from 'react';
import classes from './error_page.module.css';

interface NoticeProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly action: { readonly label: string; readonly onClick: () => void };
  readonly detail?: string;
}

export function Notice({ title, children, action, detail }: NoticeProps) {
  return (
    <main className={classes.page} role="alert">
      <img src="/icon.svg" alt="" width={40} height={40} />
      <h1>{title}</h1>
      <p>{children}</p>
      <button type="button" onClick={action.onClick}>
        {action.label}
      </button>
      {detail !== undefined && (
        <details>
          <summary>What went wrong</summary>
          <code>{detail}</code>
        </details>
      )}
    </main>
  );
}

/**
 * Catches what rendering throws. The document is not part of the tree and goes
 * on living: edits made so far are kept and sent while this page shows.
 */
export class ErrorPage extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error('The page could not be shown', error, info.componentStack);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Notice
        title="This page has stumbled"
        action={{ label: 'Show the list again', onClick: () => this.setState({ error: null }) }}
        detail={error.message}
      >
        Your tasks are safe: every change is kept on this device and sent on. Showing the list again usually
        helps.
      </Notice>
    );
  }
}
