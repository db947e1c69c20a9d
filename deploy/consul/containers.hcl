# What the agent that the containers talk to registers at every start: whatever somebody looks for there and does not register
# itself. Prometheus asks <address>:<admin_port>/metrics.

services {
  name    = "patroni"
  id      = "user_db_1"
  address = "user-db-1"
  port    = 8008
  meta    = { admin_port = "8008" }
  check   = { http = "http://user-db-1:8008/health", interval = "2s", timeout = "2s" }
}

services {
  name    = "patroni"
  id      = "user_db_2"
  address = "user-db-2"
  port    = 8008
  meta    = { admin_port = "8008" }
  check   = { http = "http://user-db-2:8008/health", interval = "2s", timeout = "2s" }
}

services {
  name    = "patroni"
  id      = "user_db_3"
  address = "user-db-3"
  port    = 8008
  meta    = { admin_port = "8008" }
  check   = { http = "http://user-db-3:8008/health", interval = "2s", timeout = "2s" }
}

services {
  name    = "patroni"
  id      = "booking_db_1"
  address = "booking-db-1"
  port    = 8008
  meta    = { admin_port = "8008" }
  check   = { http = "http://booking-db-1:8008/health", interval = "2s", timeout = "2s" }
}

services {
  name    = "patroni"
  id      = "booking_db_2"
  address = "booking-db-2"
  port    = 8008
  meta    = { admin_port = "8008" }
  check   = { http = "http://booking-db-2:8008/health", interval = "2s", timeout = "2s" }
}

services {
  name    = "patroni"
  id      = "booking_db_3"
  address = "booking-db-3"
  port    = 8008
  meta    = { admin_port = "8008" }
  check   = { http = "http://booking-db-3:8008/health", interval = "2s", timeout = "2s" }
}

# What etl-service finds the warehouse by; Patroni registers its own databases.
services {
  name    = "warehouse"
  id      = "warehouse-1"
  tags    = ["primary"]
  address = "warehouse"
  port    = 5432
  check   = { tcp = "warehouse:5432", interval = "1s", timeout = "1s" }
}

services {
  name    = "balancer"
  id      = "balancer_1"
  address = "balancer"
  port    = 4000
  meta    = { admin_port = "8405" }
  check   = { http = "http://balancer:8405/metrics", method = "HEAD", interval = "5s", timeout = "2s" }
}
