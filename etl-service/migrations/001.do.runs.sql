create schema etl;

create table etl.run (
  id         bigint      generated always as identity primary key,
  mode       text        not null check (mode in ('INCREMENTAL', 'REBUILD', 'AUDIT')),
  state      text        not null check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED')),
  trigger    text        not null check (length(trigger) between 1 and 255),
  created_at timestamptz not null,
  started_at timestamptz,
  ended_at   timestamptz,
  instance   text        not null default '',
  attempts   integer     not null default 0,
  -- One of the many scheduled runs that found nothing: it is not kept for long.
  uneventful boolean     not null default false,
  check ((state = 'QUEUED') = (started_at is null)),
  check ((state in ('SUCCEEDED', 'FAILED')) = (ended_at is not null))
);

-- Of each mode at most one waits: who asks for another one is answered this one.
create unique index run_queued on etl.run (mode) where state = 'QUEUED';
create index run_open on etl.run (id) where state in ('QUEUED', 'RUNNING');
create index run_ended on etl.run (uneventful, ended_at) where ended_at is not null;

create table etl.run_part (
  run_id     bigint not null references etl.run on delete cascade,
  source     text   not null,
  state      text   not null check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED')),
  step       text   not null default '',
  rows       bigint not null default 0,
  -- [{"name": "extract", "ms": 12.5}]
  steps      jsonb  not null default '[]',
  as_of      timestamptz,
  -- [{"name": "bookings", "source": 10, "warehouse": 10}]
  counts     jsonb  not null default '[]',
  error      text   not null default '',
  mismatches text[] not null default '{}',
  primary key (run_id, source)
);

create index run_part_source on etl.run_part (source, run_id);

-- Which request asked for which run. `requester` is a user or a service, whose ids are their own.
create table etl.run_request (
  requester  text   not null,
  request_id text   not null,
  mode       text   not null,
  run_id     bigint not null references etl.run on delete cascade,
  primary key (requester, request_id)
);

create index run_request_run on etl.run_request (run_id);
