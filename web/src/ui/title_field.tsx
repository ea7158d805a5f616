import {
  useEffect,
  useEffectEvent,
  useRef,
  useState,
  type ChangeEvent,
  type FocusEvent,
  type KeyboardEvent,
} from 'react';

interface TitleFieldProps {
  readonly title: string;
  readonly label: string;
  readonly className: string | undefined;
  readonly readOnly: boolean;
  /** Wraps instead of scrolling; still one line of text. */
  readonly wraps?: boolean;
  readonly onCommit: (title: string) => void;
  readonly onEditing: (editing: boolean) => void;
  /** Keys the field does not use itself. */
  readonly onKey?: (event: KeyboardEvent<HTMLElement>) => void;
}

const commitDelayMs = 300;

/**
 * A title edited in place. Typing is written after a short rest, on Enter, on
 * leaving and when the page goes away; Escape puts back what stood there.
 */
export function TitleField({
  title,
  label,
  className,
  readOnly,
  wraps = false,
  onCommit,
  onEditing,
  onKey,
}: TitleFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const original = useRef(title);

  const commit = useEffectEvent((text: string | null) => {
    if (text !== null && text !== title && text.trim() !== '') onCommit(text);
  });

  useEffect(() => {
    if (draft === null) return;
    const write = () => commit(draft);
    const timer = setTimeout(() => {
      write();
      if (draft.trim() !== '') setDraft(null);
    }, commitDelayMs);
    window.addEventListener('pagehide', write);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('pagehide', write);
    };
  }, [draft]);

  const latest = useRef<string | null>(null);
  useEffect(() => {
    latest.current = draft;
  }, [draft]);
  useEffect(() => () => commit(latest.current), []);

  const finish = (text: string) => {
    const trimmed = text.trim();
    if (trimmed !== '' && trimmed !== title) onCommit(trimmed);
    setDraft(null);
  };

  const Field = wraps ? 'textarea' : 'input';
  return (
    <Field
      {...(wraps && { rows: 1 })}
      className={className}
      value={draft ?? title}
      readOnly={readOnly}
      aria-label={label}
      autoComplete="off"
      spellCheck
      onFocus={() => {
        original.current = title;
        onEditing(true);
      }}
      onChange={(event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
        setDraft(event.currentTarget.value.replace(/\n/g, ' '))
      }
      onBlur={(event: FocusEvent<HTMLInputElement | HTMLTextAreaElement>) => {
        if (draft !== null || event.currentTarget.value !== event.currentTarget.value.trim()) {
          finish(event.currentTarget.value);
        }
        onEditing(false);
      }}
      onKeyDown={(event: KeyboardEvent<HTMLElement>) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && !event.altKey)
          event.currentTarget.blur();
        else if (event.key === 'Escape' && (draft !== null || title !== original.current)) {
          event.stopPropagation();
          if (title !== original.current) onCommit(original.current);
          setDraft(null);
        } else onKey?.(event);
      }}
    />
  );
}
