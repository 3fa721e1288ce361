package io.toomai.postgres.create;

import io.toomai.core.model.Secret;
import io.toomai.core.model.SystemIdentifier;
import io.toomai.postgres.Endpoint;
import io.toomai.postgres.Login;
import io.toomai.postgres.PostgresException;
import io.toomai.postgres.PostgresException.Code;
import io.toomai.postgres.ServerLayout;
import io.toomai.postgres.config.ConfigurationFiles;
import io.toomai.postgres.config.Recovery;
import io.toomai.postgres.config.ServerConfiguration;
import io.toomai.postgres.data.ControlRead;
import io.toomai.postgres.data.DataDirectory;
import io.toomai.postgres.data.DataDirectory.Making;
import io.toomai.postgres.install.Launch;
import io.toomai.postgres.install.PostgresInstall;
import io.toomai.postgres.install.Tool;
import io.toomai.postgres.os.ChildProcess;
import io.toomai.postgres.os.Program;
import io.toomai.postgres.server.Postmaster;
import io.toomai.postgres.server.Postmaster.Escalation;
import io.toomai.postgres.server.Postmaster.StopMode;
import io.toomai.postgres.sql.LocalSql;
import io.toomai.postgres.sql.ServerOperations;
import io.toomai.postgres.sql.SqlAccess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Makes the first data directory of a cluster: initdb or a command of the operator's, then users,
/// then the operator's script. Until passwords are set the server listens on the loopback interface
/// only. On success the server is stopped and the configuration is the real one; on failure it is
/// stopped and the directory stays marked as unfinished.
public final class ClusterBootstrap {
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final String LOCAL_ONLY = "localhost";

    private final ServerLayout layout;
    private final PostgresInstall install;
    private final DataDirectory data;
    private final Postmaster postmaster;
    private final ConfigurationFiles files;

    public ClusterBootstrap(
            ServerLayout layout,
            PostgresInstall install,
            DataDirectory data,
            Postmaster postmaster) {
        this.layout = layout;
        this.install = install;
        this.data = data;
        this.postmaster = postmaster;
        this.files = new ConfigurationFiles(layout, install.launch());
    }

    /// Where the contents come from.
    public sealed interface Source {
        /// @param options of the operator, `--name` or `--name=value`
        record Initdb(List<String> options) implements Source {
            public Initdb {
                options = List.copyOf(options);
            }
        }

        /// @param recovery how the restored server reaches its end of recovery; `None` when the
        ///   command leaves a cleanly stopped cluster, `AsFound` when it says so itself
        record Command(CustomMethod method, Recovery recovery) implements Source {}
    }

    /// What to make.
    ///
    /// @param configuration the real one, written at the end
    /// @param owned parameters for the command line, `port` among them
    /// @param timeout for each step
    public record Plan(
            Source source,
            Users users,
            ServerConfiguration configuration,
            SortedMap<String, String> owned,
            Optional<String> postBootstrap,
            Optional<CitusSetup> citus,
            Duration timeout) {
        public Plan {
            owned = new TreeMap<>(owned);
        }
    }

    /// The three users; the same name twice is one user.
    public record Users(Login superuser, Login replication, Login rewind) {}

    /// Does all of it, telling each step to `progress`.
    ///
    /// @throws PostgresException when a step fails
    public SystemIdentifier run(Plan plan, Consumer<String> progress) {
        Optional<Secret> temporary =
                plan.source() instanceof Source.Initdb
                                && plan.users().superuser().password().isEmpty()
                        ? Optional.of(randomSecret())
                        : Optional.empty();
        create(plan, temporary, progress);
        try {
            startLocalOnly(plan, progress);
            try (LocalSql sql = connect(plan, temporary)) {
                progress.accept("waiting until it is a primary");
                awaitPrimary(sql, plan);
                progress.accept("setting up users");
                new UserSetup(sql, plan.users()).run();
                plan.postBootstrap().ifPresent(command -> runScript(command, plan, progress));
                if (plan.source() instanceof Source.Initdb) { // what is restored has it
                    plan.citus().ifPresent(citus -> setUp(citus, sql, plan, progress));
                }
                if (temporary.isPresent()) {
                    UserSetup.removePassword(sql, plan.users().superuser().user());
                }
            }
        } finally {
            postmaster.stop(StopMode.FAST, STOP, Escalation.FORCE);
        }
        files.apply(plan.configuration().with(new Recovery.None()));
        SystemIdentifier system = systemIdentifier();
        data.finishMaking(Making.BOOTSTRAP);
        progress.accept("bootstrap done");
        return system;
    }

    private static void setUp(
            CitusSetup citus, LocalSql sql, Plan plan, Consumer<String> progress) {
        progress.accept("making the extension Citus");
        citus.run(sql.access(), plan.users().superuser(), plan.timeout());
    }

    private void create(Plan plan, Optional<Secret> temporary, Consumer<String> progress) {
        switch (plan.source()) {
            case Source.Initdb(var options) -> {
                progress.accept("running initdb");
                initdb(options, plan, temporary);
            }
            case Source.Command(var method, _) -> {
                progress.accept("running " + method.setting());
                data.beginMakingInPlace(Making.BOOTSTRAP);
                method.with(data.marks()).run();
                systemIdentifier(); // so that nothing is configured where nothing was made
                data.forgetServer();
                files.restoreMissing();
            }
        }
    }

    private void initdb(List<String> options, Plan plan, Optional<Secret> temporary) {
        List<String> checked = UserOptions.checked("initdb", options, UserOptions.INITDB_OWN);
        Login superuser = plan.users().superuser();
        Secret password =
                superuser.password().or(() -> temporary).orElseThrow(IllegalStateException::new);
        Path target = data.beginMaking(Making.BOOTSTRAP);
        Path secretFile = data.path().resolveSibling("." + data.path().getFileName() + ".pwfile");
        try (PasswordFile file = PasswordFile.write(secretFile, password.reveal() + "\n")) {
            List<String> arguments = new ArrayList<>(checked);
            arguments.add("--pgdata=" + install.launch().inside(target));
            arguments.add("--username=" + superuser.user());
            arguments.add("--pwfile=" + install.launch().inside(file.file()));
            if (checked.stream().noneMatch(option -> option.startsWith("--auth"))) {
                arguments.add("--auth=scram-sha-256");
            }
            Program.Result result =
                    ChildProcess.run(
                            Program.of(install.command(Tool.INITDB, arguments), plan.timeout()));
            if (!result.succeeded()) {
                throw new PostgresException(
                        result.errors().contains("No space left on device")
                                ? Code.DISK_FULL
                                : Code.PROGRAM_FAILED,
                        "initdb into " + data.path() + " failed: " + result.explanation());
            }
        }
        data.moveBuiltIntoPlace();
    }

    private void startLocalOnly(Plan plan, Consumer<String> progress) {
        progress.accept("starting PostgreSQL for this host only");
        // After a restore nobody knows the passwords, so they are not asked for.
        boolean known = plan.source() instanceof Source.Initdb;
        String method = known ? "scram-sha-256" : "trust";
        List<String> hba =
                List.of(
                        "local all all " + method,
                        "host all all 127.0.0.1/32 " + method,
                        "host all all ::1/128 " + method);
        Recovery recovery =
                switch (plan.source()) {
                    case Source.Initdb _ -> new Recovery.None();
                    case Source.Command(_, var wanted) -> wanted;
                };
        ServerConfiguration local =
                plan.configuration()
                        .with(recovery)
                        .withHba(hba)
                        .withParameter("listen_addresses", LOCAL_ONLY)
                        .withParameter("synchronous_standby_names", "");
        files.apply(local);
        SortedMap<String, String> owned = new TreeMap<>(plan.owned());
        owned.put("listen_addresses", LOCAL_ONLY);
        if (promotesItself(recovery)) {
            // Nobody shall read before the target is reached and it promotes, and it needs no
            // parameters as great as those of the server in the backup. Without hot standby a pause
            // at the target would be its end.
            owned.put("hot_standby", "off");
        }
        postmaster.start(owned);
        switch (postmaster.awaitReady(plan.timeout())) {
            case Postmaster.Start.Ready _ -> {}
            case Postmaster.Start.Exited(var why) ->
                    throw new PostgresException(
                            Code.PROGRAM_FAILED, "the new PostgreSQL ended at its start: " + why);
            case Postmaster.Start.NotYet _ ->
                    throw new PostgresException(
                            Code.TIMEOUT,
                            "the new PostgreSQL was not ready after "
                                    + plan.timeout()
                                    + ": "
                                    + postmaster.lastWords());
        }
    }

    private boolean promotesItself(Recovery recovery) {
        return switch (recovery) {
            case Recovery.None _ -> false;
            case Recovery.Targeted(var parameters) -> ConfigurationFiles.promotes(parameters);
            case Recovery.AsFound _ -> {
                if (Files.exists(data.path().resolve("standby.signal"))) {
                    throw new PostgresException(
                            Code.PROGRAM_FAILED,
                            "what was restored to "
                                    + data.path()
                                    + " has a standby.signal and would never become a primary;"
                                    + " restore without it, or do not set"
                                    + " keep_existing_recovery_conf");
                }
                yield ConfigurationFiles.promotes(files.recoveryAsFound());
            }
            case Recovery.Standby _ ->
                    throw new IllegalArgumentException("a standby makes no new cluster");
        };
    }

    private LocalSql connect(Plan plan, Optional<Secret> temporary) {
        Login superuser = plan.users().superuser();
        Login login =
                new Login(
                        superuser.user(),
                        superuser.password().or(() -> temporary),
                        // Loopback needs no certificate, and the server may not have its own yet.
                        new TreeMap<>());
        SqlAccess access = new SqlAccess(local(plan), "postgres", login, "Toomai bootstrap");
        return new LocalSql(access, UserSetup.SILENT);
    }

    private static Endpoint local(Plan plan) {
        return new Endpoint(
                LOCAL_ONLY, Integer.parseInt(plan.owned().getOrDefault("port", "5432")));
    }

    private void awaitPrimary(LocalSql sql, Plan plan) {
        boolean primary;
        try {
            primary = new ServerOperations(sql).awaitPrimary(plan.timeout());
        } catch (PostgresException e) {
            if (postmaster.find().isPresent()) {
                throw e;
            }
            throw new PostgresException(
                    Code.PROGRAM_FAILED,
                    "the new PostgreSQL ended in its recovery; check the recovery target,"
                            + " recovery_target_action and restore_command. It said: "
                            + postmaster.lastWords(),
                    e);
        }
        if (!primary) {
            throw new PostgresException(
                    Code.TIMEOUT,
                    "the new PostgreSQL was still in recovery after "
                            + plan.timeout()
                            + "; check the recovery target and restore_command");
        }
    }

    private void runScript(String command, Plan plan, Consumer<String> progress) {
        progress.accept("running post_bootstrap");
        Login superuser = plan.users().superuser();
        try (ToolLogin login =
                ToolLogin.write(
                        new ToolLogin.Tool(layout, Launch.DIRECT),
                        local(plan),
                        new Login(superuser.user(), superuser.password(), new TreeMap<>()),
                        "postgres")) {
            Map<String, String> environment = new TreeMap<>(login.environment());
            environment.put("PGOPTIONS", "-c synchronous_commit=local -c statement_timeout=0");
            new CustomMethod(
                            "bootstrap.post_bootstrap",
                            command,
                            List.of(login.conninfo().text()),
                            environment,
                            plan.timeout())
                    .run();
        }
    }

    private SystemIdentifier systemIdentifier() {
        return switch (data.control()) {
            case ControlRead.Intact(var control) -> control.facts().system();
            case ControlRead.Corrupt(var why) -> throw new PostgresException(Code.FILE, why);
        };
    }

    private static Secret randomSecret() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return new Secret(HexFormat.of().formatHex(bytes));
    }
}
