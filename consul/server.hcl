# What every Consul server of the system reads, on one machine and in containers alike.
# Addresses, ports, data folder and the number of servers differ from place to place and are given on the command line.

datacenter = "dc1"
log_level  = "INFO"

# The certificate authority that identifies services to each other (Consul Connect).
connect {
  enabled = true
}

# Elects a leader and notices a lost one as fast as Consul can; the default is tuned for very small machines.
performance {
  raft_multiplier = 1
}

# Services come and go by themselves here: an agent that stops must not take its registrations out of the catalog.
leave_on_terminate      = false
skip_leave_on_interrupt = true

# Asks nobody on the internet for news of new versions.
disable_update_check = true

# Patroni keeps a leader by a session of half its ttl (deploy/patroni/patroni.yml); Consul's own floor is 10 s.
session_ttl_min = "5s"

# A check is a connection, never a command that somebody could register.
enable_script_checks = false
