-- Figures that reconciliation compares with the source. They are kept by triggers on what is in the tables, whoever
-- changes it, so that comparing costs as much as the changes and still tells of rows that somebody deleted by hand.
create table total (
  name text primary key,
  value bigint not null
);

-- Arguments: the names of the figures, and the select list that adds them up, in the same order.
create function add_to_totals() returns trigger language plpgsql as $$
declare
  names constant text[] := tg_argv[0];
  figures constant text := tg_argv[1];
  plus bigint[] := array_fill(0::bigint, array[cardinality(names)]);
  minus bigint[] := plus;
begin
  if tg_op in ('INSERT', 'UPDATE') then
    execute format('select array[%s]::bigint[] from added', figures) into plus;
  end if;
  if tg_op in ('DELETE', 'UPDATE') then
    execute format('select array[%s]::bigint[] from removed', figures) into minus;
  end if;
  -- A figure that stays as it is keeps its row unlocked: the other source may be loading its own.
  execute format(
    'update %I.total t
        set value = case when $4 then 0 else t.value + d.plus - d.minus end
       from unnest($1, $2, $3) as d (name, plus, minus)
      where t.name = d.name and ($4 or d.plus <> d.minus)',
    tg_table_schema
  ) using names, plus, minus, tg_op = 'TRUNCATE';
  return null;
end $$;

-- Adds up what a table holds and keeps the totals from then on.
create procedure keep_totals(of_table text, names text[], figures text) language plpgsql as $$
begin
  execute format(
    'insert into total select unnest(%L::text[]), unnest((select array[%s]::bigint[] from %I))',
    names, figures, of_table
  );
  execute format(
    'create trigger count_added after insert on %I referencing new table as added
       for each statement execute function add_to_totals(%L, %L)',
    of_table, names, figures
  );
  execute format(
    'create trigger count_changed after update on %I referencing old table as removed new table as added
       for each statement execute function add_to_totals(%L, %L)',
    of_table, names, figures
  );
  execute format(
    'create trigger count_removed after delete on %I referencing old table as removed
       for each statement execute function add_to_totals(%L, %L)',
    of_table, names, figures
  );
  execute format(
    'create trigger count_emptied after truncate on %I
       for each statement execute function add_to_totals(%L, %L)',
    of_table, names, figures
  );
end $$;
