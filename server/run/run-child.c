/* run-child.c - From the fork to the exec of a program, by checklist.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A failure is reported to the parent through a pipe that the exec closes.
 * Users are looked up here, so that a slow directory delays only this
 * program.  No step may be skipped if it fails: every failure ends the
 * child.  */

#include "run.h"
#include "run-parts.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "../config/command.h"
#include "../config/config-parts.h"
#include "../role/confine.h"

#define STATUS_FD 3
#define DEFAULT_PATH \
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int status_fd;           /* STATUS_FD, once it is in place.  */

struct identity
{
  uid_t uid;
  gid_t gid;
  gid_t groups[RUN_MAX_GROUPS];
  size_t n_groups;
  char *name, *home, *shell;
};


/* Tell the parent why, and exit.  */
static void __attribute__ ((noreturn))
fail_child (enum refusal failure)
{
  unsigned char code = (unsigned char)failure;

  (void)!write (status_fd, &code, 1);
  _exit (127);
}


static void
look_up_identity (const struct config_program *program, struct identity *id)
{
  const struct passwd *pw = getpwnam (program->run_as);
  const struct group *gr;
  size_t i;

  if (!pw)
    fail_child (REFUSAL_RUN_USER);
  id->uid = pw->pw_uid;
  id->gid = pw->pw_gid;
  id->name = strdup (pw->pw_name);
  id->home = strdup (pw->pw_dir);
  id->shell = strdup (*pw->pw_shell ? pw->pw_shell : "/bin/sh");
  if (!id->name || !id->home || !id->shell)
    fail_child (REFUSAL_RUN_MEMORY);
  for (i = 0; i < program->run_groups.n && i < RUN_MAX_GROUPS; i++)
    {
      gr = getgrnam (program->run_groups.item[i]);
      if (!gr)
        fail_child (REFUSAL_RUN_GROUP);
      id->groups[id->n_groups++] = gr->gr_gid;
    }
}


/* Undo whatever act ignores or blocks.  */
static void
reset_child_signals (void)
{
  static const char nothing[64];        /* SIG_DFL, no flags, no mask.  */
  sigset_t none;
  int i;

  /* glibc would refuse two signals that it uses itself.  */
  for (i = 1; i < NSIG; i++)
    syscall (SYS_rt_sigaction, i, nothing, NULL, (size_t)(NSIG - 1) / 8);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}


/* Leave only stdin, stdout, stderr and the status pipe open.  */
static void
set_descriptors (const struct run_pipes *pipes)
{
  int in = pipes->in < 0 ? open ("/dev/null", O_RDONLY) : pipes->in;
  int status = fcntl (pipes->status, F_DUPFD, 10);
  int out = fcntl (pipes->out, F_DUPFD, 10);

  in = in < 0 ? in : fcntl (in, F_DUPFD, 10);
  if (in < 0 || status < 0 || out < 0 || dup2 (status, STATUS_FD) < 0
      || dup2 (in, 0) < 0 || dup2 (out, 1) < 0 || dup2 (out, 2) < 0
      || fcntl (STATUS_FD, F_SETFD, FD_CLOEXEC) < 0)
    fail_child (REFUSAL_RUN_SYSTEM);
  status_fd = STATUS_FD;
  confine_close_from (STATUS_FD + 1);
}


static void
limit_resource (__rlimit_resource_t what, uint64_t most)
{
  struct rlimit rl = { most, most };

  if (most && setrlimit (what, &rl))
    fail_child (REFUSAL_RUN_SYSTEM);
}


static void
set_limits (const struct config_program *program)
{
  struct rlimit none = { 0, 0 };

  if (setrlimit (RLIMIT_CORE, &none))
    fail_child (REFUSAL_RUN_SYSTEM);
  limit_resource (RLIMIT_CPU, program->max_cpu);
  limit_resource (RLIMIT_AS, program->max_memory);
  limit_resource (RLIMIT_NPROC, program->max_processes);
}


static bool
has_group (const struct identity *id, gid_t gid)
{
  size_t i;

  for (i = 0; i < id->n_groups; i++)
    if (id->groups[i] == gid)
      return true;
  return false;
}


/* The order does not matter: the kernel sorts them.  */
static bool
has_only_groups (const struct identity *id)
{
  gid_t groups[RUN_MAX_GROUPS + 1];
  int n = getgroups (RUN_MAX_GROUPS + 1, groups);
  size_t i;

  if (n < 0 || (size_t)n != id->n_groups)
    return false;
  for (i = 0; i < id->n_groups; i++)
    if (!has_group (id, groups[i]))
      return false;
  return true;
}


/* Become the user that the program runs as, for good, and prove it.  */
static void
become_identity (const struct identity *id)
{
  uid_t ruid, euid, suid;
  gid_t rgid, egid, sgid;

  if (setgroups (id->n_groups, id->groups)
      || setresgid (id->gid, id->gid, id->gid)
      || setresuid (id->uid, id->uid, id->uid))
    fail_child (REFUSAL_RUN_IDENTITY);
  if (getresuid (&ruid, &euid, &suid) || getresgid (&rgid, &egid, &sgid)
      || ruid != id->uid || euid != id->uid || suid != id->uid
      || rgid != id->gid || egid != id->gid || sgid != id->gid
      || !has_only_groups (id))
    fail_child (REFUSAL_RUN_IDENTITY);
  if (id->uid && (!setuid (0) || !setresuid (0, 0, 0)))
    fail_child (REFUSAL_RUN_IDENTITY);
}


static void
add_variable (struct strlist *env, const char *name, const char *value)
{
  char *text;

  if (!value)
    return;
  if (asprintf (&text, "%s=%s", name, value) < 0
      || strlist_append (env, text))
    fail_child (REFUSAL_RUN_MEMORY);
  free (text);
}


/* Add a variable unless the configuration has set it.  It must not be there
   twice: a program would take the first, a shell the last.  */
static void
add_plain (struct strlist *env, const char *name, const char *value)
{
  size_t i, len = strlen (name);

  for (i = 0; i < env->n; i++)
    if (!strncmp (env->item[i], name, len) && env->item[i][len] == '=')
      return;
  add_variable (env, name, value);
}


/* Nothing of our own environment is passed on.  */
static char **
make_clean_environment (const struct config_program *program,
                        const struct run_facts *facts,
                        const struct identity *id)
{
  struct strlist env = { 0, NULL };
  size_t i;

  add_variable (&env, "POSTERN_USER", facts->user);
  add_variable (&env, "POSTERN_KEY", facts->key);
  add_variable (&env, "POSTERN_SOURCE", facts->source);
  add_variable (&env, "POSTERN_REQUEST", facts->request);
  add_variable (&env, "POSTERN_MISSED", facts->missed);
  for (i = 0; i < program->env.n; i++)
    if (strlist_append (&env, program->env.item[i]))
      fail_child (REFUSAL_RUN_MEMORY);
  add_plain (&env, "PATH", DEFAULT_PATH);
  add_plain (&env, "HOME", id->home);
  add_plain (&env, "USER", id->name);
  add_plain (&env, "LOGNAME", id->name);
  add_plain (&env, "SHELL", id->shell);
  add_plain (&env, "LANG", "C.UTF-8");
  if (array_grow (&env.item, env.n, sizeof *env.item))
    fail_child (REFUSAL_RUN_MEMORY);
  return env.item;
}


void
run_child (const struct config_program *program, const char *path,
           char *const *argv, const struct run_facts *facts,
           const struct run_pipes *pipes, int cgroup)
{
  struct identity id;
  char **env;

  memset (&id, 0, sizeof id);
  status_fd = pipes->status;    /* 3 is still act's channel to posternd.  */
  if (cgroup >= 0 && write (cgroup, "0", 1) != 1)
    fail_child (REFUSAL_RUN_SYSTEM);
  set_descriptors (pipes);
  reset_child_signals ();
  if (setsid () < 0)
    fail_child (REFUSAL_RUN_SYSTEM);
  look_up_identity (program, &id);
  umask (program->umask);
  set_limits (program);
  env = make_clean_environment (program, facts, &id);
  become_identity (&id);
  /* If the parent dies, nobody else would end it in time.  */
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) || getppid () != pipes->parent)
    fail_child (REFUSAL_RUN_SYSTEM);
  if (chdir (program->dir))
    fail_child (REFUSAL_RUN_FOLDER);
  execve (path, argv, env);
  fail_child (REFUSAL_RUN_EXEC);
}
