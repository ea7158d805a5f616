import { Button, ColorSwatch, Popover, TextInput, Tooltip } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { personColors, type Identity } from '@/righttask/identity';
import { guestName, type Person } from '@/righttask/presence';
import { Avatar } from '@/ui/avatar';
import { CheckIcon } from '@/ui/icons';
import classes from './people.module.css';

const shownMax = 5;

interface PeopleProps {
  readonly people: readonly Person[];
  readonly identity: Identity;
  /** The name is what the access token says, so it is not asked for and cannot be changed here. */
  readonly nameFixed: boolean;
  readonly onIdentity: (changes: { name?: string; color?: string }) => void;
}

function describePerson(person: Person): string {
  const name = person.self ? `${person.name} (you)` : person.name;
  return person.tabs > 1 ? `${name}, ${person.tabs} tabs` : name;
}

/** Who is here. One's own avatar opens name and colour; it is there before anybody answers. */
export function People({ people, identity, nameFixed, onIdentity }: PeopleProps) {
  const others = people.filter((person) => !person.self);
  const self = people.find((person) => person.self);
  const shown = others.slice(0, shownMax);
  const rest = others.slice(shownMax);
  return (
    <ul className={classes.people} aria-label="People here">
      <li>
        <OwnAvatar
          identity={nameFixed && self ? { ...identity, name: self.name } : identity}
          tabs={self?.tabs ?? 1}
          nameFixed={nameFixed}
          onIdentity={onIdentity}
        />
      </li>
      {shown.map((person) => (
        <li key={person.userId}>
          <Tooltip label={describePerson(person)}>
            <span className={classes.person} role="img" aria-label={describePerson(person)}>
              <Avatar name={person.name} color={person.color} />
            </span>
          </Tooltip>
        </li>
      ))}
      {rest.length > 0 && (
        <li>
          <Tooltip label={rest.map(describePerson).join(', ')}>
            <span
              className={classes.more}
              role="img"
              aria-label={`and ${rest.length} more: ${rest.map(describePerson).join(', ')}`}
            >
              +{rest.length}
            </span>
          </Tooltip>
        </li>
      )}
    </ul>
  );
}

interface OwnAvatarProps {
  readonly identity: Identity;
  readonly tabs: number;
  readonly nameFixed: boolean;
  readonly onIdentity: PeopleProps['onIdentity'];
}

function OwnAvatar({ identity, tabs, nameFixed, onIdentity }: OwnAvatarProps) {
  const [open, setOpen] = useState(false);
  const name = identity.name || guestName;
  const label = `${name} (you)${tabs > 1 ? `, ${tabs} tabs` : ''}: change ${nameFixed ? 'colour' : 'name and colour'}`;
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      shadow="md"
      trapFocus
      returnFocus
      width={260}
    >
      <Popover.Target>
        <button
          type="button"
          className={classes.self}
          aria-label={label}
          title={label}
          onClick={() => setOpen(!open)}
        >
          <Avatar name={name} color={identity.color} />
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Your name and colour">
        <NameForm
          identity={identity}
          nameFixed={nameFixed}
          onIdentity={onIdentity}
          onDone={() => setOpen(false)}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

function NameForm({
  identity,
  nameFixed,
  onIdentity,
  onDone,
}: Omit<OwnAvatarProps, 'tabs'> & { onDone: () => void }) {
  const [name, setName] = useState(identity.name);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!nameFixed) onIdentity({ name });
    onDone();
  };
  return (
    <form onSubmit={submit} className={classes.form}>
      <TextInput
        label="Your name"
        value={name}
        maxLength={40}
        readOnly={nameFixed}
        description={nameFixed ? 'As your access token says' : undefined}
        data-autofocus
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <div role="group" aria-label="Your colour" className={classes.colors}>
        {personColors.map((color) => (
          <ColorSwatch
            key={color}
            component="button"
            type="button"
            color={color}
            size={24}
            withShadow={false}
            aria-label={`Colour ${color}`}
            aria-pressed={color === identity.color}
            onClick={() => onIdentity(nameFixed ? { color } : { color, name })}
            style={{ color: '#fff', cursor: 'pointer' }}
          >
            {color === identity.color && <CheckIcon />}
          </ColorSwatch>
        ))}
      </div>
      <Button type="submit" size="xs">
        Done
      </Button>
    </form>
  );
}

/** Asked once, in the page and not over it; can be left unanswered. */
export function NamePrompt({ identity, onIdentity }: Pick<PeopleProps, 'identity' | 'onIdentity'>) {
  const [name, setName] = useState(identity.name);
  if (identity.named) return null;
  return (
    <form
      className={classes.prompt}
      aria-label="Your name"
      onSubmit={(event) => {
        event.preventDefault();
        onIdentity({ name });
      }}
    >
      <label htmlFor="name-prompt">What should others here call you?</label>
      <div className={classes.promptFields}>
        <input
          id="name-prompt"
          className={classes.promptInput}
          value={name}
          maxLength={40}
          placeholder="Your name"
          autoComplete="name"
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" size="xs" disabled={name.trim() === ''}>
          Save
        </Button>
        <Button type="button" size="xs" variant="subtle" onClick={() => onIdentity({ name: '' })}>
          Not now
        </Button>
      </div>
    </form>
  );
}
