-- A key signs from signs_from until a later key does, and is deleted once no token that it signed can still be good.
create table signing_key (
  kid            text        primary key,
  algorithm      text        not null,
  public_jwk     jsonb       not null,
  -- The private key, sealed under SIGNING_KEY_SECRET. The key id is part of the seal.
  sealed_private bytea       not null,
  signs_from     timestamptz not null,
  created_at     timestamptz not null
);
