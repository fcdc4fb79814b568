/* vouch.c - The role that has credentials checked.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Like act, vouch follows its own copy of the configuration: it only checks a
 * credential that a rule requires of that person, whatever decide asks.  A
 * child that misbehaves, perhaps because a directory's answer took it over,
 * is killed and its check has failed; the other checks go on.  */

#include "../role/mains.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../../common/base/ticks.h"
#include "../role/confine.h"
#include "vouch.h"

#define SECRET_POOL 16384
#define LOCKED (512u << 20)     /* Bytes that a child may lock.  */


/* The rule, or the terms of the command, that ASK names; NULL if there is
   none.  */
static const struct config_rule *
find_terms (config_t config, const struct packet_ask *ask)
{
  const struct config_command *command;

  if (!ask->command)
    return config_rule_by_name (config, ask->rule);
  command = config_command_by_name (config, ask->rule);
  return command ? &command->terms : NULL;
}


/* *R_RULE is what ASK names.  A refusal unless it requires a credential of
   this person under this account's name.  */
static enum refusal
find_required (struct vouch *vouch, const struct packet_ask *ask,
               const struct config_rule **r_rule)
{
  config_t config = vouch->role.config;
  const struct config_rule *rule = find_terms (config, ask);
  const struct config_user *user = config_user_by_name (config, ask->user);
  time_t now = time (NULL);

  *r_rule = rule;
  if (memcmp (ask->hash, config->hash, CONFIG_HASHLEN))
    return REFUSAL_OTHER_CONFIG;
  if (rule && rule->require.kind && user
      && (config_rule_has_user (rule, user, now)
          || (rule->approval.require
              && config_approval_has_user (&rule->approval, user, now)))
      && config_user_has_login (user, ask->account))
    return REFUSAL_NONE;
  log_error ("decide asked for a check that no rule requires");
  return REFUSAL_VOUCH_FAILED;
}


static struct vouch_check *
free_check_place (struct vouch *vouch)
{
  unsigned int i;

  for (i = 0; i < VOUCH_CHECKS; i++)
    if (!vouch->check[i].pid)
      return vouch->check + i;
  return NULL;
}


static gpg_error_t
take_ask (void *hook, const struct message *msg)
{
  struct vouch *vouch = hook;
  struct vouch_check *check = free_check_place (vouch);
  const struct config_rule *rule;
  struct packet_answer answer;
  struct packet_ask ask;
  gpg_error_t err = packet_read_ask (msg, &ask);

  if (err)
    return err;
  answer.refusal = (uint16_t)find_required (vouch, &ask, &rule);
  if (!answer.refusal && !check)
    answer.refusal = REFUSAL_VOUCH_BUSY;
  if (!answer.refusal)
    {
      check->id = msg->id;
      answer.refusal = (uint16_t)vouch_start (vouch, check, rule, &ask);
    }
  secret_wipe (&ask, sizeof ask);
  return answer.refusal
    ? packet_send_answer (ROLE_FD_UPSTREAM, msg->id, &answer) : 0;
}


static gpg_error_t
take_trying (void *hook, const struct message *msg)
{
  struct vouch_check *check = hook;

  (void)msg;
  check->trying = true;
  return 0;
}


static gpg_error_t
take_verdict (void *hook, const struct message *msg)
{
  struct vouch_check *check = hook;
  struct packet_verdict verdict;
  gpg_error_t err = packet_read_verdict (msg, &verdict);

  if (err)
    return err;
  check->ended = true;
  check->refusal = verdict.refusal;
  return 0;
}


/* Handle a message from CHECK's child.  */
static void
hear_check (struct vouch_check *check)
{
  static const struct packet_rule table[] =
    {
      PACKET_RULE (TRYING, FROM_CHECK, take_trying),
      PACKET_RULE (VERDICT, FROM_CHECK, take_verdict)
    };
  gpg_error_t err;

  err = packet_dispatch (check->fd, FROM_CHECK, table,
                         sizeof table / sizeof *table, check);
  if (!err || gpg_err_code (err) == GPG_ERR_EAGAIN)
    return;
  check->ended = true;
  /* A check that crashes on a wrong password must count as an attempt.  */
  check->refusal = check->trying ? REFUSAL_VOUCH_DEADLINE
    : REFUSAL_VOUCH_FAILED;
  log_error ("the check by pid %ld %s", (long)check->pid,
             gpg_err_code (err) == GPG_ERR_EOF
             ? "ended without a verdict" : "sent an unexpected message");
}


void
vouch_end_check (struct vouch_check *check)
{
  int status;

  kill (check->pid, SIGKILL);
  while (waitpid (check->pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (WIFSIGNALED (status) && WTERMSIG (status) != SIGKILL)
    log_error ("the check by pid %ld was ended by signal %d",
               (long)check->pid, WTERMSIG (status));
  close (check->fd);
  check->pid = 0;
}


static gpg_error_t
answer_check (struct vouch_check *check)
{
  struct packet_answer answer = { (uint16_t)check->refusal };

  vouch_end_check (check);
  return packet_send_answer (ROLE_FD_UPSTREAM, check->id, &answer);
}


static void
end_overdue (struct vouch_check *check)
{
  check->ended = true;
  check->refusal = check->trying ? REFUSAL_VOUCH_DEADLINE
    : check->ldap ? REFUSAL_VOUCH_UNREACHABLE : REFUSAL_VOUCH_FAILED;
}


/* End the checks that are due.  *R_WAIT is in how many milliseconds to look
   again, or -1.  */
static gpg_error_t
look_after (struct vouch *vouch, int *r_wait)
{
  uint64_t now = ticks_us (), next = UINT64_MAX;
  struct vouch_check *check;
  gpg_error_t err = 0;
  unsigned int i;

  for (i = 0; !err && i < VOUCH_CHECKS; i++)
    {
      check = vouch->check + i;
      if (!check->pid)
        continue;
      if (!check->ended && check->deadline <= now)
        end_overdue (check);
      if (check->ended)
        err = answer_check (check);
      else if (check->deadline < next)
        next = check->deadline;
    }
  *r_wait = next == UINT64_MAX ? -1 : (int)((next - now + 999) / 1000);
  return err;
}


/* One round; an error ends the process.  While all places are taken, nothing
   is read from decide: questions wait in the channel.  */
static gpg_error_t
serve_vouch (struct vouch *vouch)
{
  static const struct packet_rule from_decide[] =
    { PACKET_RULE (ASK, FROM_DECIDE, take_ask) };
  struct pollfd fds[2 + VOUCH_CHECKS] =
    { { ROLE_FD_PARENT, POLLIN, 0 }, { -1, POLLIN, 0 } };
  gpg_error_t err;
  unsigned int i;
  int wait;

  err = look_after (vouch, &wait);
  if (err)
    return err;
  /* Behind it, which makes places free.  */
  if (free_check_place (vouch))
    fds[1].fd = ROLE_FD_UPSTREAM;
  for (i = 0; i < VOUCH_CHECKS; i++)
    fds[2 + i] = (struct pollfd){ vouch->check[i].pid ? vouch->check[i].fd
                                  : -1, POLLIN, 0 };
  if (role_wait (fds, 2 + VOUCH_CHECKS, wait) < 0)
    return errno == EINTR ? 0 : gpg_error_from_syserror ();
  for (i = 0; i < VOUCH_CHECKS; i++)
    if (fds[2 + i].revents)
      hear_check (vouch->check + i);
  if (fds[0].revents)
    err = role_hear_parent ();
  if (!err && fds[1].revents)
    err = packet_dispatch (ROLE_FD_UPSTREAM, FROM_DECIDE, from_decide, 1,
                           vouch);
  return gpg_err_code (err) == GPG_ERR_EAGAIN ? 0 : err;
}


/* Add the folder of PATH, a file that the configuration names.  */
static void
add_folder (char **folders, size_t *n, const char *path)
{
  const char *slash = path ? strrchr (path, '/') : NULL;
  /* For a file in the root, only itself and not the whole root.  */
  char *folder = !slash ? NULL : slash == path ? strdup (path)
    : strndup (path, (size_t)(slash - path));

  if (folder)
    folders[(*n)++] = folder;
}


/* Limit what vouch, and so its children, can reach.  Folders and not files,
   because a file may be replaced by a new one of the same name.  */
static gpg_error_t
confine_to_files (struct vouch *vouch)
{
  static const char *const system[] =
    { "/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc", "/dev/urandom",
      "/run/systemd/resolve", "/run/nscd" };
  static const char *const write[] = { "/dev/null" };
  config_t config = vouch->role.config;
  char *folder[2 * CONFIG_MAX_LDAPS];
  const char *read[sizeof system / sizeof *system + 2
                   + sizeof folder / sizeof *folder];
  size_t n = sizeof system / sizeof *system, n_folders = 0, i;
  gpg_error_t err;

  memcpy (read, system, sizeof system);
  read[n++] = config->dir;
  read[n++] = vouch->libexec;
  for (i = 0; i < config->n_ldaps; i++)
    {
      add_folder (folder, &n_folders, config->ldap[i].ca_file);
      add_folder (folder, &n_folders, config->ldap[i].password_file);
    }
  for (i = 0; i < n_folders; i++)
    read[n++] = folder[i];
  err = confine_folders (write, 1, read, n);
  while (n_folders)
    free (folder[--n_folders]);
  if (gpg_err_code (err) != GPG_ERR_NOT_SUPPORTED)
    return err;
  log_warn ("this kernel has no Landlock: vouch could read all files");
  return 0;
}


static gpg_error_t
confine_vouch (struct vouch *vouch)
{
  /* These count all processes of the user.  */
  static const struct confine_limits limits =
    { .files = 256, .processes = 512, .memory = 512 << 20 };
  const struct rlimit locked = { LOCKED, LOCKED };
  gpg_error_t err;

  umask (077);
  /* So that the children can lock all their memory.  If not, only libgcrypt's
     secure memory is never swapped out.  */
  if (setrlimit (RLIMIT_MEMLOCK, &locked))
    log_warn ("RLIMIT_MEMLOCK cannot be raised to %u MB: copies that libraries"
              " make of a password may be swapped out during its check",
              LOCKED >> 20);
  err = confine_limits (&limits);
  if (!err)
    err = confine_user (ROLE_USER_VOUCH, UINT64_C (1) << CAP_DAC_READ_SEARCH);
  if (!err)
    err = confine_to_files (vouch);
  if (!err)
    err = secret_init (SECRET_POOL);    /* Also not dumpable again.  */
  return err;
}


static int
run_vouch (struct vouch *vouch)
{
  gpg_error_t err = 0;
  unsigned int i;

  while (!err && !role_stopping ())
    err = serve_vouch (vouch);
  for (i = 0; i < VOUCH_CHECKS; i++)
    if (vouch->check[i].pid)
      vouch_end_check (vouch->check + i);
  return role_exit_code (err);
}


int
vouch_main (int argc, char **argv)
{
  static struct vouch vouch;
  gpg_error_t err;
  int code;

  secret_init (SECRET_POOL);
  role_start (&vouch.role, "vouch", argc, argv);
  err = vouch_open_programs (&vouch);
  if (!err)
    err = confine_vouch (&vouch);
  if (err)
    log_error ("cannot become %s: %s", ROLE_USER_VOUCH, gpg_strerror (err));
  else
    err = role_ready ();
  code = err ? ROLE_EXIT_AGAIN : run_vouch (&vouch);
  free (vouch.libexec);
  config_release (vouch.role.config);
  return code;
}
