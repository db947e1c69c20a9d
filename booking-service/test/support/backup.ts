import type pg from 'pg';

const TABLES = ['flight', 'booking', 'flight_version', 'booking_change'];

/** Keeps what the database holds, as pg_dump would: tables are made anew when they are restored, and no trigger fires. */
export async function backUp(sql: pg.Pool): Promise<void> {
  const copies = TABLES.map((table) => `create table backup.${table} as table ${table};`);
  await sql.query(`begin; create schema backup; ${copies.join('\n')}
    create table backup.change_feed_identity as table change_feed_identity; commit`);
}

/** Puts the database back to what was kept, as pg_restore --clean would. */
export async function restore(sql: pg.Pool): Promise<void> {
  const each = (toSql: (table: string) => string) => TABLES.map(toSql).join('\n');
  await sql.query(`begin;
    ${each((table) => `alter table ${table} disable trigger user;`)}
    truncate ${TABLES.join(', ')} cascade;
    ${each((table) => `insert into ${table} overriding system value table backup.${table};`)}
    ${each((table) => `alter table ${table} enable trigger user;`)}
    drop table change_feed_identity;
    create table change_feed_identity (identity text not null);
    insert into change_feed_identity table backup.change_feed_identity;
    commit`);
}
