"""What every program of this folder does before and after its work in the sandbox."""

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import disks
import sandbox

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STOPPING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
program = 'dev/bench'  # who speaks


def say(text):
    print('%s: %s' % (program, text), file=sys.stderr, flush=True)


def refuse(text):
    say(text)
    raise SystemExit(2)


def options_of_all(add):
    """Adds the options that every program takes."""
    add('--async', dest='asynchronous', action='store_true', help='synchronous_mode off: report what is lost')
    add('--ttl', type=int, default=5)
    add('--loop-wait', type=int, default=1)
    add('--retry-timeout', type=int, default=2)
    add('--toomai', help='the launcher to measure (default: of this checkout)')
    add('--pg-bin', help='folder of PostgreSQL\'s programs (default: the newest in /usr/lib/postgresql)')
    add('--user', default='postgres', help='who runs agents and PostgreSQL (default postgres)')
    add('--dir', help='where the temporary folder is made (default: TMPDIR)')
    add('--keep', action='store_true', help='keep the folder with data, logs and the client\'s records')
    add('--json', metavar='FILE', help='write everything that was measured')


def toomai_setup(options):
    """How to start a cluster of Toomai."""
    launcher, image = find_launchers(options)
    return {'user': options.user, 'bin_dir': find_postgres(options.pg_bin), 'synchronous': not options.asynchronous,
            'timing': {'ttl': options.ttl, 'loop_wait': options.loop_wait, 'retry_timeout': options.retry_timeout},
            'launcher': launcher, 'agent_launcher': image, 'start_seconds': 120,
            'recover_seconds': options.ttl * 4 + 30, 'heal_seconds': 90}


def find_launchers(options):
    """The launcher a user calls, and that of the image it runs, which no edit can touch during a measurement."""
    launcher = os.path.abspath(options.toomai or os.path.join(TOP, 'toomai'))
    if not os.access(launcher, os.X_OK):
        refuse('%s is no program' % launcher)
    if subprocess.run([launcher, 'build'], stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode != 0:
        refuse('%s build failed, nothing is measured' % launcher)
    top = os.path.dirname(os.path.realpath(launcher))
    try:
        with open(os.path.join(top, 'target', 'build.id')) as file:
            image = '/var/cache/toomai/%s/toomai' % file.read().strip()
    except OSError:
        image = launcher
    return launcher, image if os.access(image, os.X_OK) else launcher


def find_postgres(named):
    if named:
        return os.path.abspath(named)
    for major in range(18, 12, -1):
        folder = '/usr/lib/postgresql/%d/bin' % major
        if os.access(folder + '/postgres', os.X_OK):
            return folder
    refuse('no PostgreSQL in /usr/lib/postgresql: name the folder of its programs with --pg-bin')


def install_peer():
    """Debian's Patroni and etcd. Nothing that the packages bring is left running."""
    missing = [program for program in ('patroni', 'patronictl', 'etcd') if shutil.which(program) is None]
    if not missing:
        return
    policy = '/usr/sbin/policy-rc.d'
    own_policy = not os.path.exists(policy)
    say('installing patroni, etcd-server and etcd-client (their services stay stopped)')
    try:
        if own_policy:  # Debian's way to tell package scripts not to start anything
            with open(policy, 'w') as file:
                file.write('#!/bin/sh\nexit 101\n')
            os.chmod(policy, 0o755)
        subprocess.run(['apt-get', 'install', '-y', '--no-install-recommends', 'patroni', 'etcd-server', 'etcd-client'],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, DEBIAN_FRONTEND='noninteractive'))
    finally:
        if own_policy:
            os.unlink(policy)
    for service in ('patroni', 'etcd'):
        if os.path.isdir('/run/systemd/system'):
            subprocess.run(['systemctl', 'disable', '--now', service], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        elif os.path.exists('/etc/init.d/' + service):
            subprocess.run(['/etc/init.d/' + service, 'stop'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            subprocess.run(['update-rc.d', service, 'disable'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if any(shutil.which(program) is None for program in missing):
        refuse('--peer patroni: apt-get could not install patroni and etcd-server; install them and try again')


def first_line(*command):
    try:
        answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    except OSError:
        return 'unknown'
    return (answer.stdout.decode(errors='replace').strip().split('\n') or ['unknown'])[0]


def environment(setup):
    cpu = 'unknown'
    with open('/proc/cpuinfo') as file:
        for line in file:
            if line.startswith('model name'):
                cpu = line.split(':', 1)[1].strip()
    java = subprocess.run([setup['launcher'], 'java-home'], stdout=subprocess.PIPE).stdout.decode().strip()
    told = {
        'date': time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime()), 'cpu': cpu, 'cores': os.cpu_count(),
        'kernel': platform.release(), 'postgresql': first_line(setup['bin_dir'] + '/postgres', '--version'),
        'java': first_line(java + '/bin/java', '--version'),
        'toomai': first_line('git', '-C', TOP, 'describe', '--always', '--dirty'),
        'load_before': [round(load, 2) for load in os.getloadavg()],
    }
    if setup.get('peer'):
        told['patroni'] = first_line('patroni', '--version')
        told['etcd'] = first_line('etcd', '--version')
    return told


def stop_once(number, _):
    """Leaves by way of `finally`; a second signal must not interrupt the cleaning up."""
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


def run_inside(script, setup, options, keep):
    """Runs `script --inside PLAN` in a sandbox; (what it left in results.json or None, its exit code).

    keep(folder, results) is called before the folder goes, unless all of it is kept.
    """
    for number in STOPPING:
        signal.signal(number, stop_once)
    folder = setup['folder'] = tempfile.mkdtemp(prefix='toomai-bench-', dir=options.dir)
    process, results, code, guard = None, None, None, disks.guard(folder)
    try:
        os.chmod(folder, 0o755)
        plan = os.path.join(folder, 'setup.json')
        with open(plan, 'w') as file:
            json.dump(setup, file)
        process = sandbox.start([sys.executable, '-B', os.path.abspath(script), '--inside', plan])
        code = process.wait()
        if code == 0:
            with open(os.path.join(folder, 'results.json')) as file:
                results = json.load(file)
    finally:
        if process is not None:
            end_sandbox(process, folder)
        guard.communicate()
        if options.keep:
            say('kept %s' % folder)
        else:
            keep(folder, results)
            remove(folder)
    return results, code


def measured(script, setup, options):
    """The same for a measurement of one piece: (what was found, of which machine), or the end where nothing was.

    What was found is written to --json too, also where it says why it failed.
    """
    told = environment(setup)
    result, code = run_inside(script, setup, options, lambda folder, results: None)
    if result is None:
        refuse('the measurement ended with %d' % code)
    if options.json:
        with open(options.json, 'w') as file:
            json.dump({'environment': told, 'result': result}, file, indent=1)
    if 'failure' in result:
        refuse(result['failure'])
    return result, told


def end_sandbox(process, folder):
    if process.poll() is None:
        disks.thaw_all(folder)
    process.kill()  # the namespace's parent: everything inside ends with it
    process.wait()


def run_as_first(arguments, work):
    """In the sandbox: becomes its first process, reads the plan, and leaves what work(setup) returns."""
    sandbox.become_first()
    with open(arguments[1]) as file:
        setup = json.load(file)
    results = work(setup)
    with open(os.path.join(setup['folder'], 'results.json'), 'w') as file:
        json.dump(results, file)
    return 0


def remove(folder):
    # The last processes of a killed namespace may still be writing for a moment.
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.1)
    say('%s could not be removed' % folder)
