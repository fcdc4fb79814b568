/* act-run.c - Running the commands that people request.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * decide names a command and its arguments; which program that is, and
 * whether the person may run it, comes only from act's own configuration.
 * The loop never waits for a program.  */

#include "act.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "../config/command.h"
#include "../config/config-parts.h"
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/ticks.h"

#define LATE 3000000u           /* Microseconds after decide asked.  */
#define TELL_CHUNKS 4           /* Of output in a round.  */
#define STOP_TIME 4000          /* Milliseconds for all to end.  */


char *
act_runs_cgroup (config_t config, bool alone)
{
  unsigned char hash[REQUEST_HASHLEN];
  char name[] = "postern-runs-01234567";

  request_hash (config->runtime, strlen (config->runtime), hash);
  encode_hex (hash, 4, name + strlen (name) - 8);
  return run_cgroup (name, alone);
}


gpg_error_t
act_runs_new (struct act *act)
{
  config_t config = act->role.config;
  gpg_error_t err = act_slots_open (act);

  if (err || (!config->n_commands && !config->n_hooks && !act->backends.n))
    return err;
  act->runs.set.cgroup = act_runs_cgroup (config, act->runs.alone);
  if (!act->runs.set.cgroup)
    log_info ("no cgroup can be made: what a command leaves behind in a"
              " session of its own is not ended");
  return 0;
}


static bool
is_late (const struct packet_run *p)
{
  uint64_t now = ticks_boot_us ();

  return p->asked > now || now - p->asked > LATE;
}


/* Refuse what our own configuration does not allow.  */
static enum refusal
check_command (struct act *act, const struct packet_run *p,
               const struct config_command **r_command)
{
  config_t config = act->role.config;
  const struct config_command *command;
  time_t now = time (NULL);
  const char *why;

  *r_command = NULL;
  if (memcmp (p->hash, config->hash, CONFIG_HASHLEN))
    return REFUSAL_OTHER_CONFIG;
  command = config_command_by_name (config, p->command);
  if (!command || !act_has_user (config, &command->terms, p->user, p->fpr)
      || !config_terms_allow (&command->terms, &p->addr, &p->observed, now,
                              &why))
    return REFUSAL_ACT_COMMAND;
  *r_command = command;
  return is_late (p) ? REFUSAL_LATE : REFUSAL_NONE;
}


static bool
is_running (const struct act_run *run)
{
  return run->command && !run_ended (run->run);
}


/* One command at a time for a request, and not so many for one person that
   there is no room for others.  */
static enum refusal
check_room (struct act *act, const struct packet_run *p)
{
  const struct act_run *run;
  unsigned int i, persons = 0;

  for (i = 0; i < ACT_RUNS; i++)
    {
      run = act->runs.run + i;
      if (run->command && !memcmp (run->request, p->request, REQUEST_HASHLEN))
        return REFUSAL_ACT_COMMAND;
      persons += is_running (run) && !strcmp (run->user, p->user);
    }
  if (act->runs.n == ACT_RUNS)
    return REFUSAL_COMMAND_BUSY;
  if (persons >= ACT_RUNS_PERSON)
    return REFUSAL_PERSON_BUSY;
  return REFUSAL_NONE;
}


/* NAME must be below FOLDER, without symbolic links: see openat2(2).  */
static enum refusal
check_file (const char *folder, const char *name)
{
  struct open_how how = { .flags = O_PATH | O_CLOEXEC,
                          .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS
                                     | RESOLVE_NO_MAGICLINKS };
  int dir = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  long fd = -1;

  if (dir < 0)
    return REFUSAL_FILE;
  fd = syscall (SYS_openat2, dir, name, &how, sizeof how);
  close (dir);
  if (fd < 0)
    return REFUSAL_FILE;
  close ((int)fd);
  return REFUSAL_NONE;
}


static enum refusal
check_file_args (const struct config_command *command,
                 const struct packet_run *p)
{
  enum refusal refusal = REFUSAL_NONE;
  const struct config_arg *arg;
  size_t i;

  for (i = 0; !refusal && i < command->n_args; i++)
    {
      arg = command->arg + i;
      if (arg->kind == CONFIG_ARG_FILE)
        refusal = check_file (arg->folder,
                              command_value (arg, p->arg, p->n_args));
    }
  return refusal;
}


static struct act_run *
free_run_place (struct act_runs *runs)
{
  unsigned int i;

  for (i = 0; runs->run[i].command; i++)
    ;
  return runs->run + i;
}


static enum refusal
start_program (struct act *act, const struct packet_run *p,
               const struct config_command *command,
               const struct strlist *argv, run_t *r_run)
{
  char hex[2 * REQUEST_HASHLEN + 1], source[NETSPEC_ADDRSTRLEN];
  struct run_facts facts = { p->user, p->fpr, source, hex, NULL };
  enum refusal why = REFUSAL_RUN_MEMORY;
  char *input = NULL;
  size_t len = 0;
  gpg_error_t err = 0;

  encode_hex (p->request, REQUEST_HASHLEN, hex);
  netspec_addr_print (&p->observed, source);
  if (command->stdin_args)
    err = command_input (command, p->arg, p->n_args, &input, &len);
  if (!err)
    err = run_start (&command->program, argv, input, len, &facts,
                     &act->runs.set, hex, r_run, &why);
  free (input);
  if (err)
    log_error ("command %s: %s (%s)", command->terms.name,
               refusal_text (why), gpg_strerror (err));
  return err ? why : REFUSAL_NONE;
}


/* SLOT was taken for COMMAND; it is released again if this fails.  */
static enum refusal
start_at (struct act *act, const struct packet_run *p,
          const struct config_command *command,
          const struct strlist *argv, int slot, run_t *r_run)
{
  enum refusal refusal = act_slots_rest (act, command)
    ? REFUSAL_COOLDOWN : check_file_args (command, p);

  if (!refusal)
    refusal = start_program (act, p, command, argv, r_run);
  if (!refusal)
    act_slot_started (slot);
  else
    close (slot);
  return refusal;
}


static enum refusal
start_run (struct act *act, uint64_t id, const struct packet_run *p,
           const struct config_command *command)
{
  struct strlist argv = { 0, NULL };
  enum refusal refusal;
  struct act_run *run;
  run_t started;
  char *why;
  int slot;

  if (command_resolve (command, p->arg, p->n_args, &argv, &why))
    {
      free (why);
      return REFUSAL_ACT_COMMAND;
    }
  refusal = act_slot_take (act, command, &slot);
  if (!refusal)
    refusal = start_at (act, p, command, &argv, slot, &started);
  strlist_release (&argv);
  if (refusal)
    return refusal;
  run = free_run_place (&act->runs);
  memset (run, 0, sizeof *run);
  run->command = command;
  memcpy (run->user, p->user, sizeof run->user);
  run->id = id;
  run->run = started;
  run->slot = slot;
  memcpy (run->request, p->request, REQUEST_HASHLEN);
  act->runs.n++;
  return REFUSAL_NONE;
}


gpg_error_t
act_on_run (void *hook, const struct message *msg)
{
  struct act *act = hook;
  const struct config_command *command;
  struct packet_run p;
  enum refusal refusal;
  gpg_error_t err = packet_read_run (msg, &p);

  if (err)
    return err;
  refusal = check_command (act, &p, &command);
  if (!refusal)
    refusal = check_room (act, &p);
  if (!refusal)
    refusal = start_run (act, msg->id, &p, command);
  return refusal ? act_deny (msg->id, refusal)
    : message_send (ROLE_FD_UPSTREAM, PACKET_RUNNING, msg->id, NULL, 0);
}


static gpg_error_t
tell_output (struct act_run *run, bool *r_all)
{
  struct packet_output output;
  const char *data;
  size_t len;

  data = run_output (run->run, &len);
  *r_all = run->told == len;
  if (*r_all)
    return 0;
  memcpy (output.request, run->request, REQUEST_HASHLEN);
  output.from = (uint32_t)run->told;
  output.data = (const unsigned char *)data + run->told;
  output.len = len - run->told;
  if (output.len > PACKET_OUTPUT_CHUNK)
    output.len = PACKET_OUTPUT_CHUNK;
  run->told += output.len;
  return packet_send_output (ROLE_FD_UPSTREAM, run->id, &output);
}


/* Report how it ended; its place is free then.  */
static gpg_error_t
tell_ran (struct act *act, struct act_run *run)
{
  struct packet_ran ran;
  struct run_end end;
  gpg_error_t err;

  memset (&ran, 0, sizeof ran);
  memcpy (ran.request, run->request, REQUEST_HASHLEN);
  run_get_end (run->run, &end);
  if (!end.started)
    ran.refusal = (uint16_t)end.why;
  else
    {
      ran.ended_by = run->stopped ? (uint8_t)run->stopped
        : end.timed_out ? PACKET_ENDED_TIMEOUT : PACKET_ENDED_ITSELF;
      ran.exit_code = (uint8_t)end.exit_code;
      ran.signal = (uint8_t)end.signal;
      ran.msecs = end.msecs;
      ran.produced = end.total;
      ran.kept = (uint32_t)run->told;
    }
  err = packet_send_ran (ROLE_FD_UPSTREAM, run->id, &ran);
  run_release (run->run);
  memset (run, 0, sizeof *run);
  act->runs.n--;
  act->runs.telling = NULL;
  return err;
}


/* The one whose output is being sent, else the next that has ended.  */
static struct act_run *
find_ended (struct act *act)
{
  struct act_run *run;

  for (run = act->runs.run; !act->runs.telling && act->runs.n
         && run < act->runs.run + ACT_RUNS; run++)
    if (run->command && !is_running (run))
      act->runs.telling = run;
  return act->runs.telling;
}


bool
act_runs_tells (struct act *act)
{
  return find_ended (act) != NULL;
}


/* Send at most as much as the channel holds without blocking.  */
static gpg_error_t
tell_decide (struct act *act)
{
  struct act_run *run = find_ended (act);
  gpg_error_t err = 0;
  bool all = false;
  int i;

  for (i = 0; !err && run && !all && i < TELL_CHUNKS; i++)
    err = tell_output (run, &all);
  return !err && all ? tell_ran (act, run) : err;
}


gpg_error_t
act_runs_turn (struct act *act, bool writable)
{
  struct act_run *run;

  for (run = act->runs.run; run < act->runs.run + ACT_RUNS; run++)
    if (run->command && !is_running (run) && run->slot >= 0)
      {
        close (run->slot);
        run->slot = -1;
      }
  return writable ? tell_decide (act) : 0;
}


/* Do not wait for a decide that hangs: output that it does not accept is
   lost; how each command ended is still reported if it reads at all.  */
static void
tell_last (struct act *act)
{
  struct pollfd fd = { ROLE_FD_UPSTREAM, POLLOUT, 0 };
  struct act_run *run;
  bool all = false;

  while ((run = find_ended (act)))
    {
      while (!all && poll (&fd, 1, 0) == 1 && fd.revents & POLLOUT
             && !tell_output (run, &all))
        ;
      if (poll (&fd, 1, 100) != 1 || tell_ran (act, run))
        return;
      all = false;
    }
}


/* End what runs for USER, or for anybody if that is NULL.  */
static void
end_runs (struct act *act, const char *user, enum packet_ended_by by)
{
  struct act_run *run;
  unsigned int i;

  for (i = 0; i < ACT_RUNS; i++)
    {
      run = act->runs.run + i;
      if (!is_running (run) || (user && strcmp (run->user, user)))
        continue;
      run->stopped = by;
      run_stop (run->run);
    }
}


void
act_runs_revoke (struct act *act, const char *user)
{
  end_runs (act, user, PACKET_ENDED_REVOKED);
}


void
act_wait_for (struct act *act, bool (*any) (struct act *act), unsigned int ms)
{
  uint64_t now, until = ticks_us () + UINT64_C (1000) * ms;
  struct pollfd fds[ACT_FDS];
  unsigned int n;

  while (any (act) && (now = ticks_us ()) < until)
    {
      n = run_prepare (&act->runs.set, fds);
      if (poll (fds, n, role_sooner (run_wait (&act->runs.set),
                                     (int)((until - now) / 1000) + 1)) < 0
          && errno != EINTR)
        break;
      run_turn (&act->runs.set);
    }
}


static bool
any_command_runs (struct act *act)
{
  unsigned int i;

  for (i = 0; i < ACT_RUNS; i++)
    if (is_running (act->runs.run + i))
      return true;
  return false;
}


void
act_runs_stop (struct act *act)
{
  end_runs (act, NULL, PACKET_ENDED_STOP);
  act_wait_for (act, any_command_runs, STOP_TIME);
  act_runs_turn (act, false);
  tell_last (act);
  /* Unless another act still has programs in it.  */
  if (act->runs.set.cgroup && act_slots_alone (act))
    rmdir (act->runs.set.cgroup);
}
