import type pg from 'pg';
import { DAY_MS } from './calendar.js';
import { copyRows, inTransaction, reserveIds } from './copy-rows.js';
import { createRandom, type Random } from './random.js';
import type { Wish } from './wish.js';

/** Made accounts, and who of them books. */
export interface Users {
  /** Whoever books at a moment: has an account by then, and rather the longer they have had it. Answers their id. */
  draw(random: Random, atMs: number): number;
}

const GIVEN =
  `Ada Adrian Aisha Ali Ana Andrei Anna Antonio Arjun Astrid Ben Camille Carlos Chen Chiara Claire Daniel David
Elena Emil Emma Erik Eva Fatima Felix Finn Giulia Hana Hanna Hugo Ida Igor Ines Ion Isabel Ivan Jakub James Jan Jana Joao
Jonas Julia Kai Kofi Lars Laura Lea Leo Lina Liv Louis Luca Lucia Maja Marco Maria Marie Mark Marta Mateo Maya Mei Mia
Miguel Mihai Milan Mina Nadia Nina Noah Nora Olga Oliver Omar Otto Paul Petra Priya Rafael Rosa Sam Sara Sofia Sven Tara
Theo Tom Vera Victor Wei Yara Yuki Zoe`.split(/\s+/);
const FAMILY =
  `Adeyemi Andersen Bauer Becker Berg Bianchi Brown Ceban Chen Costa Cruz Dubois Ferrari Fischer Garcia Gomez
Gruber Haas Hansen Hoffmann Horvat Ito Ivanov Jansen Johansson Jones Kaya Keller Khan Kim Kovacs Kowalski Larsen Lee
Lopez Martin Mazur Meyer Moreau Moretti Munteanu Murphy Nagy Nguyen Nielsen Novak Okafor Olsen Papadopoulos Park Patel
Petrov Popa Popescu Ricci Rossi Rusu Sato Schmidt Silva Singh Smith Svoboda Tanaka Torres Virtanen Wagner Weber Wilson
Yilmaz`.split(/\s+/);

/**
 * In the place of a password's hash: well-formed, and of no password that anybody knows, so that nobody can sign in as a
 * generated user.
 */
const NOBODYS_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'generated'.repeat(3).slice(0, 22)}$${'nobodysHash'.repeat(4).slice(0, 43)}`;
/** The first account is older than the first booking can be. */
const OLDEST_MS = 540 * DAY_MS;
/** How the number of accounts has grown: slowly first. */
const GROWTH = 1.25;
/** The higher, the more of all bookings are made by a few. */
const LOYALTY = 1.7;
const CHUNK = 20_000;

/** Fills the users' table. */
export async function makeUsers(
  client: pg.ClientBase,
  { users, seed, atMs }: Wish,
  onMade: (count: number) => void,
): Promise<Users> {
  const random = createRandom(seed, 'users');
  const bornMs = atMs - OLDEST_MS;
  const ids = new Float64Array(users);
  for (let made = 0; made < users; made += CHUNK) {
    const first = made;
    await inTransaction(client, async () => {
      const fresh = await reserveIds(client, 'user_account', Math.min(CHUNK, users - first));
      ids.set(fresh, first);
      await copyRows(
        client,
        'user_account (id, username, username_key, password, email, email_key, request_id, created_at)',
        fresh.map((id, index) =>
          toRow(random, id, bornMs + OLDEST_MS * ((first + index) / users) ** (1 / GROWTH)),
        ),
      );
    });
    onMade(Math.min(made + CHUNK, users));
  }
  return {
    draw(drawing, moment) {
      const there = Math.max(1, users * ((moment - bornMs) / OLDEST_MS) ** GROWTH);
      return ids[Math.min(Math.floor(there * drawing.next() ** LOYALTY), users - 1)] ?? 0;
    },
  };
}

function toRow(random: Random, id: number, createdAtMs: number): readonly (string | number)[] {
  const given = GIVEN[random.whole(0, GIVEN.length - 1)] ?? '';
  const family = FAMILY[random.whole(0, FAMILY.length - 1)] ?? '';
  // The id makes it one that no other has; a top-level name of RFC 2606 is nobody's address.
  const username = `${given}.${family}.${id}`;
  const email = `${username}@travellers.example`;
  const createdAt = new Date(createdAtMs).toISOString();
  return [
    id,
    username,
    username.toLowerCase(),
    NOBODYS_HASH,
    email,
    email.toLowerCase(),
    `generated-${id}`,
    createdAt,
  ];
}
