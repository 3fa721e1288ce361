package io.toomai.settings;

/// The rows of the catalogue that a node's own file may hold. Columns: path, type, default
/// (`required`, `-` for none), limits (`min..max` or words), environment (`=` derived from the
/// path, `-` none, else names), what a change needs, meaning, and optionally the version that
/// brought it.
final class CatalogueRows {
    static final String LOCAL =
            """
            name | TEXT | required | - | = | restart | name of this member, unique in the cluster
            scope | TEXT | required | - | = | restart | name of the cluster
            namespace | TEXT | /service | - | = | restart | path in the store under which clusters live
            thread_pool_size | WHOLE | 5 | 1.. | = | restart | size of a pool of Patroni; Toomai has no such pool, its virtual threads need no limit
            thread_stack_size | SIZE | 512kB | - | = | restart | stack of a thread of Patroni; those of Toomai's virtual threads grow as needed
            log.type | WORD | plain | plain, json | = | reload | one event per line as text or JSON
            log.level | WORD | INFO | DEBUG, INFO, WARNING, WARN, ERROR, CRITICAL, NOTSET | =, PATRONI_LOGLEVEL | reload | events below this level are not logged
            log.traceback_level | WORD | ERROR | DEBUG, INFO, WARNING, WARN, ERROR, CRITICAL, NOTSET | = | reload | stack traces are shown while log.level is not above this
            log.format | ANY | - | - | =, PATRONI_LOGFORMAT | reload | what a line shows, as Patroni writes it: `%(asctime)s %(levelname)s: %(message)s`; with log.type json the fields: a list of attributes and attribute: name
            log.dateformat | TEXT | - | - | = | reload | how times are shown, in the letters of strftime and the local time zone; default is ISO 8601 in UTC
            log.static_fields | TEXT_MAP | - | - | = | reload | more fields of every JSON event
            log.max_queue_size | WHOLE | 1000 | 0.. | = | reload | events that wait for a slow disk or terminal; more are dropped, so that nothing waits for the log; 0 = 100000
            log.dir | PATH | - | - | = | reload | directory of patroni.log; without it the log goes to standard error
            log.file_num | WHOLE | 4 | 0.. | = | reload | rotated log files that are kept
            log.file_size | SIZE | 25000000 | 1.. | = | reload | size at which the log file is rotated
            log.mode | SCALAR | - | - | = | reload | mode of the log file, such as 0644; default is what the umask leaves
            log.loggers | TEXT_MAP | - | - | = | reload | level for single loggers
            log.deduplicate_heartbeat_logs | FLAG | off | - | = | reload | in Patroni, whether unchanged heartbeats are left out of the log; here they always are, and every cycle is in views.jsonl
            restapi.listen | ADDRESS | required | - | = | restart | where the REST API listens
            restapi.connect_address | ADDRESS | - | - | = | restart | where others reach the REST API; default is restapi.listen
            restapi.proxy_address | ADDRESS | - | - | = | restart | nothing reads it, in Patroni neither; what members publish of a proxy is postgresql.proxy_address
            restapi.authentication.username | TEXT | - | - | PATRONI_RESTAPI_USERNAME | reload | user for requests that change something
            restapi.authentication.password | SECRET | - | - | PATRONI_RESTAPI_PASSWORD | reload | password for requests that change something
            restapi.certfile | PATH | - | - | = | reload | certificate; a reload reads it again. That it is set switches HTTPS on, at a start
            restapi.keyfile | PATH | - | - | = | reload | private key; default is in certfile
            restapi.keyfile_password | SECRET | - | - | = | reload | password of the private key
            restapi.cafile | PATH | - | - | = | reload | authorities that client certificates are checked against
            restapi.ciphers | CIPHERS | - | - | = | reload | cipher suites up to TLS 1.2, such as `ECDHE+AESGCM:!SHA1`, of those that Java offers; an unknown word is an error. The suites of TLS 1.3 stay on
            restapi.verify_client | WORD | none | none, optional, required | = | restart | whether clients must show a certificate
            restapi.allowlist | TEXTS | - | - | = | reload | addresses, networks or names that may change something; empty = all
            restapi.allowlist_include_members | FLAG | off | - | = | reload | members of the cluster are in the allowlist, with Citus those of all groups
            restapi.http_extra_headers | TEXT_MAP | - | - | = | reload | headers for every answer
            restapi.https_extra_headers | TEXT_MAP | - | - | = | reload | headers for every answer over HTTPS
            restapi.request_queue_size | WHOLE | 50 | 0..4096 | = | restart | connections that may wait to be accepted (5 in Patroni); 0 = 50
            restapi.thread_pool_size | WHOLE | 5 | 1.. | - | restart | size of a pool of Patroni; Toomai answers each call on a virtual thread, 256 reads and 16 changes at the same time
            restapi.server_tokens | WORD | original | original, minimal, productonly | = | reload | what the Server header tells: productonly the name Patroni, minimal its version too, original nothing
            ctl.insecure | FLAG | off | - | = | reload | do not verify certificates of REST APIs
            ctl.cacert | PATH | - | - | = | restart | authorities that REST API certificates are checked against
            ctl.certfile | PATH | - | - | = | restart | client certificate for REST APIs
            ctl.keyfile | PATH | - | - | = | restart | private key of the client certificate
            ctl.keyfile_password | SECRET | - | - | = | restart | password of the private key
            ctl.authentication.username | TEXT | - | - | PATRONI_CTL_USERNAME | reload | user for REST APIs; default is restapi.authentication
            ctl.authentication.password | SECRET | - | - | PATRONI_CTL_PASSWORD | reload | password for REST APIs
            bootstrap.dcs | MAP | - | - | - | restart | first dynamic configuration of a new cluster
            bootstrap.method | TEXT | initdb | - | - | restart | how the first node makes its data directory: initdb or a section below bootstrap
            bootstrap.initdb | ANY | - | - | - | restart | options for initdb: list of names and name: value, or mapping
            bootstrap.pg_hba | TEXTS | - | - | - | restart | lines for pg_hba.conf of a new cluster when postgresql.pg_hba is not set
            bootstrap.post_bootstrap | TEXT | - | - | - | restart | command on the new primary; its argument is a connection string
            bootstrap.post_init | ALIAS | bootstrap.post_bootstrap | - | - | restart | older name of bootstrap.post_bootstrap
            bootstrap.users | ANY | - | - | - | restart | ignored, as by Patroni since 4.0; use post_bootstrap
            postgresql.listen | LISTEN | required | - | = | restart | where PostgreSQL listens
            postgresql.connect_address | ADDRESS | - | - | = | restart | where others reach PostgreSQL; default is the first host of postgresql.listen
            postgresql.proxy_address | ADDRESS | - | - | = | restart | where clients reach a proxy before PostgreSQL; published as proxy_url of the member
            postgresql.database | TEXT | postgres | - | - | restart | database that the agent and pg_rewind connect to, and slot synchronization of PostgreSQL 17
            postgresql.data_dir | PATH | required | - | = | restart | data directory
            postgresql.config_dir | PATH | - | - | = | restart | directory of the configuration files; default is the data directory
            postgresql.config_base_name | TEXT | postgresql | - | - | restart | name of the configuration file without .conf
            postgresql.bin_dir | PATH | - | - | = | restart | directory of PostgreSQL's programs; default is to search PATH
            postgresql.bin_name.pg_ctl | TEXT | pg_ctl | - | PATRONI_POSTGRESQL_BIN_PG_CTL | restart | name of the program
            postgresql.bin_name.initdb | TEXT | initdb | - | PATRONI_POSTGRESQL_BIN_INITDB | restart | name of the program
            postgresql.bin_name.pg_controldata | TEXT | pg_controldata | - | PATRONI_POSTGRESQL_BIN_PG_CONTROLDATA | restart | name of the program
            postgresql.bin_name.pg_basebackup | TEXT | pg_basebackup | - | PATRONI_POSTGRESQL_BIN_PG_BASEBACKUP | restart | name of the program
            postgresql.bin_name.postgres | TEXT | postgres | - | PATRONI_POSTGRESQL_BIN_POSTGRES | restart | name of the program
            postgresql.bin_name.pg_isready | TEXT | pg_isready | - | PATRONI_POSTGRESQL_BIN_PG_ISREADY | restart | name of the program
            postgresql.bin_name.pg_rewind | TEXT | pg_rewind | - | PATRONI_POSTGRESQL_BIN_PG_REWIND | restart | name of the program
            postgresql.pgpass | PATH | - | - | = | restart | password file for replication; default is pgpass in the home directory
            postgresql.krbsrvname | TEXT | - | - | - | restart | Kerberos service name of PostgreSQL
            postgresql.authentication.superuser.username | TEXT | - | - | = | restart | superuser; without it the one that the operating system names
            postgresql.authentication.replication.username | TEXT | required | - | = | restart | user for replication
            postgresql.authentication.rewind.username | TEXT | - | - | = | restart | user for pg_rewind; without it the superuser
            tags.nofailover | FLAG | off | - | - | reload | this member never leads
            tags.failover_priority | WHOLE | 1 | - | - | reload | greater wins at equal WAL position; 0 or less never leads
            tags.noloadbalance | FLAG | off | - | - | reload | health checks for read-only traffic answer 503
            tags.clonefrom | FLAG | off | - | - | reload | new replicas may copy from this member
            tags.nosync | FLAG | off | - | - | reload | this member is never a synchronous standby
            tags.sync_priority | WHOLE | 1 | - | - | reload | greater is chosen first as synchronous standby; 0 or less never
            tags.replicatefrom | TEXT | - | - | - | reload | member that this one replicates from
            tags.nostream | FLAG | off | - | - | reload | this member does not stream; it only restores from the archive
            tags.* | SCALAR | - | - | - | reload | any other tag is published as it is
            watchdog.mode | WORD | automatic | off, automatic, required | - | reload | whether the hardware watchdog is used
            watchdog.device | PATH | /dev/watchdog | - | - | reload | watchdog device
            watchdog.safety_margin | WHOLE | 5 | -1.. | - | reload | seconds between watchdog and end of the lease; -1 = half of ttl
            watchdog.driver | TEXT | default | - | - | reload | there is one driver, that of Linux, whatever this says; in Patroni too
            etcd | MAP | - | - | - | restart | store of Patroni over the old API of etcd; not available, use etcd3
            etcd3.host | TEXT | - | - | = | restart | host:port of one etcd server; the port may be left out (2379)
            etcd3.hosts | TEXTS | - | - | = | restart | host:port of several etcd servers, the nearest first
            etcd3.url | TEXT | - | - | = | restart | URL of one etcd server
            etcd3.proxy | TEXT | - | - | = | restart | URL of a proxy before etcd; nothing else is connected to
            etcd3.srv | TEXT | - | - | = | restart | domain whose SRV records name the etcd servers
            etcd3.discovery_srv | ALIAS | etcd3.srv | - | - | restart | other name of etcd3.srv
            etcd3.srv_domain | ALIAS | etcd3.srv | - | - | restart | other name of etcd3.srv
            etcd3.srv_suffix | TEXT | - | - | = | restart | appended with a dash to the service names of etcd3.srv
            etcd3.protocol | WORD | http | http, https | = | restart | whether host and hosts are spoken to with TLS
            etcd3.username | TEXT | - | - | = | restart | user of etcd
            etcd3.password | SECRET | - | - | = | restart | password of that user
            etcd3.cacert | PATH | - | - | = | restart | authorities that etcd's certificates are checked against; default is Java's
            etcd3.cert | PATH | - | - | = | restart | client certificate for etcd; needs etcd3.cacert
            etcd3.key | PATH | - | - | = | restart | private key of the client certificate; default is in etcd3.cert
            etcd3.use_proxies | FLAG | off | - | = | restart | the given servers are proxies: etcd's own member list is not asked for
            zookeeper.hosts | TEXTS | - | - | = | restart | host:port of the ZooKeeper servers, the nearest first; the port may be left out (2181), the last may end with a /chroot; the ttl should exceed their syncLimit × tickTime by 2.5 s and is 13 s at least
            zookeeper.use_ssl | FLAG | off | - | = | restart | whether they are spoken to with TLS
            zookeeper.cacert | PATH | - | - | = | restart | authorities that their certificates are checked against, whatever names are in them; default is Java's, and names must fit
            zookeeper.cert | PATH | - | - | = | restart | client certificate
            zookeeper.key | PATH | - | - | = | restart | private key of the client certificate; default is in zookeeper.cert
            zookeeper.key_password | SECRET | - | - | = | restart | password of the private key
            zookeeper.verify | FLAG | on | - | = | restart | on is the only choice: certificates are always checked
            zookeeper.set_acls | MAP | - | - | = | restart | access control list of new znodes: principal and list of READ, WRITE, CREATE, DELETE, ADMIN, ALL; a principal is the subject of a certificate or scheme:id
            zookeeper.auth_data | SECRET_MAP | - | - | = | restart | credential by scheme, such as digest: user:password; SASL is not available
            exhibitor | MAP | - | - | - | restart | store of Patroni; refused, the message names what to use instead
            consul.host | TEXT | 127.0.0.1 | - | = | restart | host:port of an agent of Consul, usually the one on this node
            consul.port | WHOLE | 8500 | 1..65535 | = | restart | port of that agent where consul.host or consul.url names none
            consul.url | TEXT | - | - | = | restart | URL of that agent; counts before consul.host and consul.scheme
            consul.scheme | WORD | http | http, https | = | restart | whether the agent is spoken to with TLS
            consul.token | SECRET | - | - | = | restart | token that may write the keys of the cluster and sessions, and services where they are registered
            consul.verify | FLAG | on | - | = | restart | whether the agent's certificate is checked
            consul.cacert | PATH | - | - | = | restart | authorities that the agent's certificate is checked against; default is Java's
            consul.cert | PATH | - | - | = | restart | client certificate for the agent; needs consul.cacert
            consul.key | PATH | - | - | = | restart | private key of the client certificate; default is in consul.cert
            consul.dc | TEXT | - | - | = | restart | datacenter of Consul; default is the agent's own
            consul.consistency | WORD | default | default, consistent, stale | = | restart | how fresh the reads are that may be a moment old
            consul.checks | TEXTS | - | - | = | restart | checks of the agent's node; when one of them fails the member's session ends, and with it its leadership
            consul.register_service | FLAG | off | - | = | restart | whether members are services in Consul's catalogue, tagged with their role
            consul.service_tags | TEXTS | - | - | = | restart | more tags of that service
            consul.service_check_interval | TEXT | 5s | - | = | restart | how often the agent asks the member's REST API whether its service is well
            consul.service_check_tls_server_name | TEXT | - | - | = | restart | whom the certificate of the REST API must name; needs Consul 1.9
            kubernetes.namespace | TEXT | - | - | = | restart | namespace of pods and objects; default is that of the pod's service account
            kubernetes.labels | TEXT_MAP | - | - | = | restart | labels that all pods and objects of the cluster have
            kubernetes.scope_label | TEXT | cluster-name | - | = | restart | label whose value is the scope
            kubernetes.role_label | TEXT | role | - | = | restart | label of a pod that tells its role to services
            kubernetes.leader_label_value | TEXT | primary | - | = | restart | value of the role label for the leader
            kubernetes.follower_label_value | TEXT | replica | - | = | restart | value of the role label for a replica
            kubernetes.standby_leader_label_value | TEXT | primary | - | = | restart | value of the role label for the leader of a standby cluster
            kubernetes.tmp_role_label | TEXT | - | - | = | restart | second label with the role's own name, for changing the values above without a gap
            kubernetes.bootstrap_labels | TEXT_MAP | - | - | = | restart | labels of a pod while it has no data yet
            kubernetes.use_endpoints | FLAG | off | - | = | restart | the state is kept in endpoints, not in config maps; the leader's address is set with the leader
            kubernetes.pod_ip | TEXT | - | - | = | restart | address of this pod; needed with kubernetes.use_endpoints
            kubernetes.ports | LIST | - | - | = | restart | ports of the leader's endpoint: mappings with port, name, protocol; default is 5432
            kubernetes.bypass_api_service | FLAG | off | - | = | restart | API servers are spoken to directly, so that one that hangs is left
            kubernetes.retriable_http_codes | TEXTS | - | - | = | restart | HTTP answers of the API that are worth another try, besides 500, 503 and 504
            kubernetes.cacert | PATH | - | - | = | restart | authorities that the API's certificate is checked against; default is the service account's
            kubernetes.context | TEXT | - | - | = | restart | names a part of a kubeconfig; the agent runs in a pod and reads none
            raft | MAP | - | - | - | restart | store of Patroni; refused, the message names what to use instead
            citus.group | WHOLE | - | 0.. | = | restart | this cluster is that group of a Citus cluster; 0 is the coordinator's; without citus.database the section is ignored
            citus.database | TEXT | - | - | = | restart | database that has the extension Citus; made with the cluster; without citus.group the section is ignored
            toomai.data_dir | PATH | - | - | = | restart | the agent's own state; default is the data directory's path with -toomai added
            toomai.journal.views | WHOLE | 1000 | 1..1000000 | = | restart | views that the decision journal keeps
            toomai.compat.patroni | WORD | off | off, strict | - | restart | strict does as Patroni does also where Toomai does better: see decision 0024
            toomai.restapi.unauthenticated | WORD | - | refuse, allow | = | restart | whether other hosts may change something when neither restapi.authentication, restapi.verify_client nor an allowlist protects the REST API; default refuse, and allow with toomai.compat.patroni: strict
            toomai.store.voters | LIST | - | - | = | restart | voters of the embedded store: id@host:peer:election:client, or mappings with id, host, peer_port, election_port, client_port
            toomai.store.observers | LIST | - | - | = | restart | members of the embedded store that have its data and no vote; written like voters
            toomai.store.id | WHOLE | - | 1..255 | = | restart | which voter or observer this node runs; without it the node only uses the store
            toomai.store.data_dir | PATH | - | - | = | restart | the voter's own files; default is store below toomai.data_dir
            toomai.store.client_listen | TEXT | 127.0.0.1 | - | = | restart | address where the voter listens for clients; other than loopback it needs toomai.store.password
            toomai.store.client_port | WHOLE | - | 1..65535 | = | restart | port where the voter listens for clients; default is the client port in voters
            toomai.store.tls.certificate | PATH | - | - | = | restart | certificate (PEM) with which this member proves itself to the others; they speak TLS then
            toomai.store.tls.key | PATH | - | - | = | restart | its private key, unencrypted PKCS#8
            toomai.store.tls.ca | PATH | - | - | = | restart | authorities of the other members' certificates
            toomai.store.tls.verify_host | FLAG | on | - | = | restart | a member's certificate must name the host that toomai.store.voters has for it
            toomai.proxy.listen | ADDRESS | - | - | = | restart | where the proxy of this node, or of `toomai proxy FILE`, listens for clients, who are led to the primary; without it the node runs none
            toomai.proxy.members | TEXTS | - | - | = | reload | for `toomai proxy FILE` alone: REST addresses of members, host:port or URL, which tell it the cluster; the store is not asked then. Without a scheme https where restapi.certfile, ctl.cacert or ctl.certfile is set, else http
            toomai.proxy.read_port | WHOLE | - | 0..65535 | = | restart | port at the same address whose clients are led to replicas; 0 = any free one
            toomai.proxy.pgbouncer | TEXT_MAP | - | - | - | reload | settings of PgBouncer by their names there, such as pool_mode and default_pool_size; those that PgBouncer reads at its start only need a restart here too; see docs/compatibility-pgbouncer.md
            toomai.proxy.databases | SECRET_MAP | - | - | - | reload | entries of PgBouncer's [databases] by name; without a host they lead to this cluster, and route = read leads to replicas; default is `*`, all databases of this cluster
            toomai.proxy.users | TEXT_MAP | - | - | - | reload | entries of PgBouncer's [users] by name
            toomai.proxy.read_from_primary | FLAG | on | - | = | reload | clients that read are led to the primary while no replica is fit; off = they wait
            toomai.proxy.maximum_lag | SIZE | - | 0.. | = | reload | a replica further behind is not read from; default is no limit
            toomai.proxy.tags | TEXT_MAP | - | - | - | reload | only replicas with these tags are read from
            toomai.proxy.balance | WORD | least-connections | least-connections, round-robin | = | reload | which of several fit replicas a new connection goes to, by their tag proxy_weight
            toomai.proxy.slow_start | DURATION | 0 | 0.. | = | reload | in which time a replica that has just become fit comes to its full share
            toomai.store.password | SECRET | - | - | = | restart | the same on all nodes; the voters serve only clients that show it
            """;

    /// Options of the three logins, without `postgresql.authentication.<user>.` in front.
    static final String LOGIN =
            """
            password | SECRET | - | - | = | reload | password; connections made after a reload use the new one
            sslmode | WORD | - | disable, allow, prefer, require, verify-ca, verify-full | = | restart | libpq sslmode
            sslcert | PATH | - | - | = | restart | libpq sslcert
            sslkey | PATH | - | - | = | restart | libpq sslkey
            sslpassword | SECRET | - | - | = | restart | libpq sslpassword (PostgreSQL 13)
            sslrootcert | PATH | - | - | = | restart | libpq sslrootcert
            sslcrl | PATH | - | - | = | restart | libpq sslcrl
            sslcrldir | PATH | - | - | = | restart | libpq sslcrldir (PostgreSQL 14)
            gssencmode | WORD | - | disable, prefer, require | = | restart | libpq gssencmode (PostgreSQL 12)
            channel_binding | WORD | - | disable, prefer, require | = | restart | libpq channel_binding (PostgreSQL 13)
            sslnegotiation | WORD | - | postgres, direct | = | restart | libpq sslnegotiation (PostgreSQL 17)
            """;

    /// What both the file and the store may hold; the file wins.
    static final String BOTH =
            """
            postgresql.parameters | TEXT_MAP | - | - | - | reload | PostgreSQL parameters; what PostgreSQL would not start with is left out or brought into range, with a warning; those of the cluster (max_connections …) only count in the dynamic configuration
            postgresql.pg_hba | TEXTS | - | - | - | reload | lines of pg_hba.conf; without them the file is not managed
            postgresql.pg_ident | TEXTS | - | - | - | reload | lines of pg_ident.conf; without them the file is not managed
            postgresql.recovery_conf | TEXT_MAP | - | - | - | reload | recovery parameters for replicas
            postgresql.custom_conf | TEXT | - | - | - | reload | file to include instead of postgresql.base.conf
            postgresql.pg_ctl_timeout | SECONDS | 60 | 1.. | - | reload | seconds that start, stop and restart may take
            postgresql.use_pg_rewind | FLAG | off | - | - | reload | rewind a former primary instead of copying it anew
            postgresql.rewind | ANY | - | - | - | reload | options for pg_rewind: list of names and name: value, or mapping
            postgresql.remove_data_directory_on_rewind_failure | FLAG | off | - | - | reload | copy anew when rewinding failed
            postgresql.remove_data_directory_on_diverged_timelines | FLAG | off | - | - | reload | copy anew when timelines diverged
            postgresql.use_unix_socket | FLAG | off | - | - | reload | the agent connects to its own PostgreSQL through the first of unix_socket_directories, where that is an absolute path, else over TCP to the first host of postgresql.listen
            postgresql.use_unix_socket_repl | FLAG | off | - | - | reload | the same for what the agent asks its own PostgreSQL as replication user
            postgresql.create_replica_methods | TEXTS | basebackup | - | - | reload | ways to make a replica, in order; each but basebackup has its section below postgresql
            postgresql.create_replica_method | ALIAS | postgresql.create_replica_methods | - | - | reload | older name of postgresql.create_replica_methods
            postgresql.basebackup | ANY | - | - | - | reload | options for pg_basebackup: list of names and name: value, or mapping
            postgresql.callbacks.on_start | TEXT | - | - | - | reload | command when PostgreSQL became ready after a start
            postgresql.callbacks.on_stop | TEXT | - | - | - | reload | command when PostgreSQL is stopped
            postgresql.callbacks.on_restart | TEXT | - | - | - | reload | command when PostgreSQL was restarted
            postgresql.callbacks.on_reload | TEXT | - | - | - | reload | command when the configuration was reloaded
            postgresql.callbacks.on_role_change | TEXT | - | - | - | reload | command when PostgreSQL was promoted or demoted
            postgresql.pre_promote | TEXT | - | - | - | reload | command before a promotion, with the key held; if it fails the key is given up and this member does not race for one ttl
            postgresql.before_stop | TEXT | - | - | - | reload | command before PostgreSQL is stopped cleanly; it is waited for as long as for the stop, its status does not matter
            """;

    /// What only the store holds.
    static final String DYNAMIC =
            """
            ttl | SECONDS | 30 | - | - | reload | seconds that the leader's lease lasts without renewal; at least 3, at least 20 with a Patroni member
            loop_wait | SECONDS | 10 | - | - | reload | seconds between two cycles when nothing happens; at least 1
            retry_timeout | SECONDS | 10 | - | - | reload | seconds that store and PostgreSQL may fail before it counts; at least 1, at least 3 with a Patroni member
            maximum_lag_on_failover | SIZE | 1048576 | 0.. | - | reload | a replica further behind does not become leader
            maximum_lag_on_syncnode | SIZE | -1 | - | - | reload | a synchronous standby further behind is replaced; 0 or less = no limit
            check_timeline | FLAG | off | - | - | reload | a replica on an older timeline does not become leader
            max_timelines_history | WHOLE | 0 | 0.. | - | reload | entries of the history that are kept; 0 = all
            primary_start_timeout | DURATION | 300 | 0.. | - | reload | how long a primary may take to start before another takes over; 0 = at once
            primary_stop_timeout | DURATION | 0 | 0.. | - | reload | how long a synchronous primary may take to stop before it is killed; 0 = no limit
            primary_race_backoff | DURATION | 0 | 0.. | - | reload | how long a standby leaves a vacant leader key to the primary while WAL still comes from it, loop_wait at least; 0 = not at all
            synchronous_mode | WORD | off | off, on, quorum | - | reload | whether commits wait for standbys, and for which
            synchronous_mode_strict | FLAG | off | - | - | reload | commits wait even when no standby is there
            synchronous_node_count | WHOLE | 1 | 0.. | - | reload | standbys that confirm a commit
            failsafe_mode | FLAG | off | - | - | reload | the primary stays while the store is gone and all members answer it
            pause | FLAG | off | - | - | reload | maintenance: nothing is promoted, demoted or restarted automatically
            member_slots_ttl | DURATION | 1800 | 0.. | - | reload | how long the slot of a gone member is kept; 0 = only while its key is there, and only on the node that it streams from
            slots | MAP | - | - | - | reload | permanent replication slots by name: type, database, plugin, cluster_type; failover: false has Toomai carry a logical slot to the standbys where PostgreSQL 17 would
            permanent_slots | ALIAS | slots | - | - | reload | older name of slots
            permanent_replication_slots | ALIAS | slots | - | - | reload | older name of slots
            ignore_slots | LIST | - | - | - | reload | slots that are never dropped: mappings of name, type, database, plugin; a slot matches one that it fits in all
            standby_cluster.host | TEXT | - | - | - | reload | server that this standby cluster follows; of several with commas the one that is primary
            standby_cluster.port | TEXT | - | - | - | reload | its port (5432); of several hosts one port for all, or one for each with commas
            standby_cluster.primary_slot_name | TEXT | - | - | - | reload | slot there that keeps WAL for this cluster; without it no slot is used
            standby_cluster.create_replica_methods | TEXTS | - | - | - | reload | ways to make the first copy of a standby cluster, in order; without a host those with no_leader
            standby_cluster.restore_command | TEXT | - | - | - | reload | restore_command of the standby leader
            standby_cluster.archive_cleanup_command | TEXT | - | - | - | reload | archive_cleanup_command of the standby leader
            standby_cluster.recovery_min_apply_delay | TEXT | - | - | - | reload | recovery_min_apply_delay of the standby leader
            postgresql.use_slots | FLAG | on | - | - | reload | replicas use replication slots
            toomai.takeover | WORD | on | off, on | - | reload | in synchronous mode a dead leader's lease need not be waited out
            toomai.suspect_after | DURATION | 1.2 | - | - | reload | silence after which a leader is suspected; at least 200 ms
            toomai.unknown_slots | WORD | keep | keep, drop | - | reload | what becomes of a slot that no member and no configuration has named while it existed; drop is what Patroni does
            toomai.crash_limit | WHOLE | 3 | 0.. | - | reload | a primary that dies so often within 10 minutes gives the lead away instead of restarting; 0 = no limit
            toomai.switchover_drain | DURATION | 10 | 0..50 | - | reload | before a switchover proxies hold their clients, and what these have under way may take so long; 0 = nobody is held; at most 50 s, because proxies let clients go after a minute
            toomai.switchover_drain_end | WORD | abort | abort, terminate | - | reload | when something still runs then: no switchover, or it is cut off
            toomai.probe_timeout | DURATION | 10 | - | - | reload | a living primary that serves nobody for so long gives the lead to a standby that is fit; at least 500 ms, a day or more = never
            """;

    /// Parameters that must be equal on all members (contract §4.4): only the store may set them, a
    /// bad value gives way to the default. All but `wal_keep_*` go on the command line as well.
    static final String OWNED =
            """
            postgresql.parameters.wal_level | WORD | replica | hot_standby, replica, logical | - | reload | hot_standby means replica
            postgresql.parameters.hot_standby | WORD | on | on | - | reload | replicas answer queries
            postgresql.parameters.max_connections | WHOLE | 100 | 25.. | - | reload | as in PostgreSQL; needs its restart
            postgresql.parameters.max_wal_senders | WHOLE | 10 | 3.. | - | reload | as in PostgreSQL; needs its restart
            postgresql.parameters.max_prepared_transactions | WHOLE | 0 | 0.. | - | reload | as in PostgreSQL; needs its restart
            postgresql.parameters.max_locks_per_transaction | WHOLE | 64 | 32.. | - | reload | as in PostgreSQL; needs its restart
            postgresql.parameters.max_replication_slots | WHOLE | 10 | 4.. | - | reload | as in PostgreSQL; needs its restart
            postgresql.parameters.max_worker_processes | WHOLE | 8 | 2.. | - | reload | as in PostgreSQL; needs its restart
            postgresql.parameters.track_commit_timestamp | FLAG | off | - | - | reload | as in PostgreSQL; needs its restart
            postgresql.parameters.wal_log_hints | FLAG | on | - | - | reload | pg_rewind needs it where checksums are off
            postgresql.parameters.wal_keep_segments | WHOLE | 8 | 1.. | - | reload | before PostgreSQL 13; converted by 16 MB otherwise
            postgresql.parameters.wal_keep_size | SIZE | 128MB | 16777216.. | - | reload | since PostgreSQL 13; a bare number is in MB; converted by 16 MB otherwise
            """;

    /// Older names of dynamic keys, outside the table because the style test reads line by line.
    static final String OLDER =
            // style: Patroni's older name
            "master_start_timeout | ALIAS | primary_start_timeout | - | - | reload"
                    + " | older name of primary_start_timeout\n"
                    // style: Patroni's older name
                    + "master_stop_timeout | ALIAS | primary_stop_timeout | - | - | reload"
                    + " | older name of primary_stop_timeout\n";

    private CatalogueRows() {}
}
