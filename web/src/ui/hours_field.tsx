import { useState } from 'react';
import { describeHours, parseHoursInput } from './due';

interface HoursFieldProps {
  readonly hours: number | null;
  readonly label: string;
  readonly className: string | undefined;
  readonly disabled: boolean;
  readonly placeholder: string;
  readonly onCommit: (hours: number | null) => void;
}

/** An estimate edited in place; what cannot be read is marked and not written. */
export function HoursField({ hours, label, className, disabled, placeholder, onCommit }: HoursFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const parsed = draft === null ? hours : parseHoursInput(draft);
  const finish = () => {
    if (draft !== null && parsed !== undefined && parsed !== hours) onCommit(parsed);
    setDraft(null);
  };
  return (
    <input
      className={className}
      value={draft ?? (hours === null ? '' : describeHours(hours))}
      disabled={disabled}
      placeholder={placeholder}
      inputMode="decimal"
      aria-label={label}
      aria-invalid={parsed === undefined}
      autoComplete="off"
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape' && draft !== null) {
          event.stopPropagation();
          setDraft(null);
        }
      }}
    />
  );
}
