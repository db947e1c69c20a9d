import type { Session } from './star-session.js';

/**
 * Gives users that nobody has told of yet a key and a row, so that what they did can be stored before their account is
 * known. Both sources do so, at the same time perhaps: in the order of the ids, or they could wait for each other.
 */
export async function addUsers(session: Session, stageTables: readonly string[]): Promise<void> {
  const named = stageTables.map((table) => `select user_id from ${table}`).join(' union all ');
  await session.query(`
    with added as (
      insert into user_identity (user_id)
      select n.user_id
        from (select distinct user_id from (${named}) as every_one) as n
       where not exists (select from user_identity i where i.user_id = n.user_id)
       order by n.user_id
      on conflict do nothing
      returning user_key
    )
    insert into dim_user (user_key, known) select user_key, false from added`);
}

export async function mergeUsers(session: Session): Promise<void> {
  await session.query(`
    update dim_user d
       set known = true,
           staff = u.staff,
           created_at = u.created_at,
           created_on = (u.created_at at time zone 'UTC')::date,
           removed_at = case when u.removed then u.changed_at end
      from (select distinct on (user_id) * from stage_user order by user_id, changed_at desc, ordinal desc) as u
      join user_identity i on i.user_id = u.user_id
     where d.user_key = i.user_key
       and (d.known, d.staff, d.created_at, d.removed_at)
           is distinct from (true, u.staff, u.created_at, case when u.removed then u.changed_at end)`);
}
