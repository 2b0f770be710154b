import { ActionIcon, Menu, Tooltip, UnstyledButton, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { NavLink } from "react-router";
import { useApi } from "../api";
import { pollEvery, useLive, type Live } from "../live";
import { Icon, type Shape } from "../part/icon";
import { useSession } from "../session";
import { roles, word } from "../words";
import css from "./header.module.css";

export function Header({ onHelp }: { onHelp: () => void }) {
  return (
    <header className={css.header}>
      <NavLink to="/alerts" className={css.name}>
        <img src="/favicon.svg" alt="" width={20} height={20} />
        farmwatch
      </NavLink>
      <nav aria-label="Screens" className={css.nav}>
        <NavLink to="/alerts">Alerts</NavLink>
        <NavLink to="/devices">Devices</NavLink>
        <NavLink to="/sites">Sites</NavLink>
        <NavLink to="/sanctions">Sanctions</NavLink>
        <NavLink to="/egress">Ways out</NavLink>
      </nav>
      <span className={css.room} />
      <Stream />
      <Scheme />
      <Tooltip label="Help and keys (?)">
        <ActionIcon aria-label="Help and keys" onClick={onHelp}>
          <Icon shape="help" size={16} />
        </ActionIcon>
      </Tooltip>
      <Person />
    </header>
  );
}

const streams: Record<Live, { text: string; about: string; tone: string }> = {
  connecting: { text: "Connecting", about: "Opening the stream of changes", tone: "calm" },
  live: { text: "Live", about: "Changes arrive by themselves", tone: "good" },
  reconnecting: {
    text: "Reconnecting",
    about: `The stream of changes is down. Lists are asked for every ${pollEvery / 1000} s until it is back.`,
    tone: "medium",
  },
};

function Stream() {
  const stream = streams[useLive()];
  return (
    <Tooltip label={stream.about}>
      <span className={css.stream} data-tone={stream.tone} role="status">
        {stream.text}
      </span>
    </Tooltip>
  );
}

const schemes: Record<MantineColorScheme, { next: MantineColorScheme; shape: Shape; text: string }> = {
  auto: { next: "light", shape: "system", text: "Colours follow the system" },
  light: { next: "dark", shape: "sun", text: "Light colours" },
  dark: { next: "auto", shape: "moon", text: "Dark colours" },
};

function Scheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const scheme = schemes[colorScheme];
  return (
    <Tooltip label={`${scheme.text}. Next: ${schemes[scheme.next].text.toLowerCase()}`}>
      <ActionIcon aria-label={`${scheme.text}; change`} onClick={() => setColorScheme(scheme.next)}>
        <Icon shape={scheme.shape} size={16} />
      </ActionIcon>
    </Tooltip>
  );
}

function Person() {
  const api = useApi();
  const client = useQueryClient();
  const session = useSession().data;
  const leave = useMutation({
    mutationFn: () => api.session.signOut({}),
    onSettled: () => {
      client.clear();
      window.location.assign("/sign-in");
    },
  });
  const role = word(roles, session?.session?.role ?? "");
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton className={css.person}>
          <Icon shape="person" size={15} />
          <span>{session?.session?.user}</span>
          <span className="soft">{role.text}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {role.about}
          <br />
          farmwatch {session?.version}
        </Menu.Label>
        <Menu.Item onClick={() => leave.mutate()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
