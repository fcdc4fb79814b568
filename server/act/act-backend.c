/* act-backend.c - Grants that a command also opens elsewhere.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Grants with the same commands and the same arguments share one row: it is
 * opened with the first of them and closed with the last, and so a renewal
 * starts nothing.  A row must be on the disk before its open-command starts
 * and until its close-command has ended with exit code 0.  A row without a
 * grant has to be closed, also after a start, if its grants have ended
 * meanwhile.  */

#include "act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../config/command.h"
#include "../config/config-parts.h"
#include "../../common/base/array.h"
#include "../../common/base/log.h"
#include "../../common/base/ticks.h"

#define MOST 4096               /* Rows.  */
#define MOST_USER GRANTS_MAX_USER       /* Rows that one person caused, with
                                           those that are to be closed.  */
#define LONGEST 600u            /* Seconds between two tries to close.  */
#define MANY 5                  /* Tries after which it is an error.  */

struct act_backend
{
  struct owed owed;             /* Its programs: see act_program_write.  */
  char user[NETSPEC_NAMELEN + 1];       /* Who caused it; empty: it was owed
                                           at the start.  */
  unsigned int live;            /* Grants that share it.  */
  bool failed;                  /* Its open-command; it is not repeated.  */
  bool closing;                 /* Which command runs.  */
  unsigned int tries;           /* Of the close-command.  */
  uint64_t due;                 /* The next of them (ticks_us).  */
  run_t run;                    /* NULL: nothing runs.  */
};


static void
clear_row (struct act_backend *row)
{
  run_release (row->run);
  owed_clear (&row->owed);
}


/* One more of HOOK, all the backends; also called for each row that was
   stored.  */
static gpg_error_t
append_row (void *hook, struct owed *owed)
{
  struct act_backends *all = hook;

  if (array_grow (&all->row, all->n, sizeof *all->row))
    return gpg_error (GPG_ERR_ENOMEM);
  all->row[all->n++].owed = *owed;
  return 0;
}


/* The command NAME with the arguments for EVENT of the grant WHAT, as text to
   be freed.  */
static gpg_error_t
resolve_program (config_t config, const char *name, const char *event,
                 const struct packet_grant *what, char **r_text)
{
  const struct config_command *command = config_command_by_name (config,
                                                                 name);
  char addr[NETSPEC_ADDRSTRLEN], ports[NETSPEC_PORTSTRLEN];
  const char *fact[COMMAND_N_FACTS] = { NULL };
  struct strlist argv = { 0, NULL };
  gpg_error_t err;

  fact[COMMAND_EVENT] = event;
  fact[COMMAND_HOST] = config->host;
  fact[COMMAND_USER] = what->user;
  fact[COMMAND_ADDRESS] = netspec_addr_print (&what->addr, addr);
  fact[COMMAND_PORTS] = netspec_ports_print (&what->ports, ports);
  fact[COMMAND_RULE] = what->rule;
  *r_text = NULL;
  err = command_resolve_facts (&command->program.argv, fact, &argv);
  if (!err && !(*r_text = act_program_write (&command->program, &argv)))
    err = gpg_error (GPG_ERR_ENOMEM);
  strlist_release (&argv);
  return err;
}


/* Both commands of WHAT; NULL if its rule has none, or is gone.  */
static gpg_error_t
resolve_both (struct act *act, const struct packet_grant *what,
              char **r_open, char **r_close)
{
  config_t config = act->role.config;
  const struct config_rule *rule = config_rule_by_name (config, what->rule);
  gpg_error_t err;

  *r_open = *r_close = NULL;
  if (!rule || !rule->open_command)
    return 0;
  err = resolve_program (config, rule->open_command, "open", what, r_open);
  if (!err)
    err = resolve_program (config, rule->close_command, "close", what, r_close);
  if (err)
    {
      free (*r_open);
      *r_open = NULL;
    }
  return err;
}


static struct act_backend *
find_backend (struct act *act, const char *open, const char *close)
{
  struct act_backends *all = &act->backends;
  size_t i;

  for (i = 0; i < all->n; i++)
    if (!strcmp (all->row[i].owed.close, close)
        && !strcmp (all->row[i].owed.open, open))
      return all->row + i;
  return NULL;
}


static unsigned int
count_grants (const struct act_backends *all, const char *user)
{
  unsigned int n = 0;
  size_t i;

  for (i = 0; i < all->n; i++)
    n += !strcmp (all->row[i].user, user);
  return n;
}


/* A new row, on the disk, with the texts OPEN and CLOSE.  */
static gpg_error_t
add_row (struct act *act, const struct packet_grant *what, char *open,
         char *close)
{
  char addr[NETSPEC_ADDRSTRLEN], ports[NETSPEC_PORTSTRLEN];
  struct owed owed = { .open = strdup (open), .close = strdup (close) };
  gpg_error_t err = 0;

  netspec_addr_print (&what->addr, addr);
  owed.addr = strdup (addr);
  if (asprintf (&owed.label, "of the rule %s (%s, %s, %s)", what->rule,
                what->user, addr,
                netspec_ports_print (&what->ports, ports)) < 0)
    owed.label = NULL;
  if (act->backends.n == MOST
      || count_grants (&act->backends, what->user) >= MOST_USER)
    err = gpg_error (GPG_ERR_LIMIT_REACHED);
  else if (!owed.open || !owed.close || !owed.addr || !owed.label)
    err = gpg_error (GPG_ERR_ENOMEM);
  if (!err)
    err = owed_store_put (act->backends.store, &owed);
  if (!err)
    err = append_row (&act->backends, &owed);
  if (err)
    owed_clear (&owed);
  return err;
}


gpg_error_t
act_backend_begin (struct act *act, const struct packet_grant *what)
{
  struct act_backend *row;
  char *open, *close;
  gpg_error_t err = resolve_both (act, what, &open, &close);

  if (err || !open)
    return err;
  row = find_backend (act, open, close);
  if (!row && !(err = add_row (act, what, open, close)))
    row = act->backends.row + act->backends.n - 1;
  if (row)
    {
      if (!*row->user)
        snprintf (row->user, sizeof row->user, "%s", what->user);
      row->live++;
      row->owed.since = 0;
      row->failed = false;
      row->tries = 0;
      row->due = 0;
    }
  free (open);
  free (close);
  return err;
}


void
act_backend_end (struct act *act, const struct packet_grant *what)
{
  struct act_backend *row;
  char *open, *close;

  if (resolve_both (act, what, &open, &close))
    {
      log_error ("no memory; what the rule %s opened for %s is closed at the"
                 " next start", what->rule, what->user);
      return;
    }
  row = open ? find_backend (act, open, close) : NULL;
  if (row && row->live && !--row->live)
    row->owed.since = (uint64_t)time (NULL);
  free (open);
  free (close);
}


gpg_error_t
act_backends_open (struct act *act)
{
  config_t config = act->role.config;
  struct act_backends *all = &act->backends;
  bool wanted = false;
  gpg_error_t err;
  char *folder;
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    wanted |= config->rule[i].open_command != NULL;
  folder = config_state_path (config, "act");
  if (!folder)
    return gpg_error_from_syserror ();
  err = owed_store_open (folder, wanted, append_row, all, &all->store);
  if (!err && !wanted && !all->n)
    {
      owed_store_close (all->store);
      all->store = NULL;
    }
  free (folder);
  return err;
}


void
act_backends_begin (struct act *act)
{
  const struct grant *grant;
  gpg_error_t err;
  size_t i, n = 0;

  if (!act->backends.store)
    return;
  for (grant = grants_next (act->book, 0); grant;
       grant = grants_next (act->book, grant->number))
    {
      err = act_backend_begin (act, &grant->what);
      if (err)
        log_error ("rule %s: the open-command for %s cannot be prepared: %s",
                   grant->what.rule, grant->what.user, gpg_strerror (err));
    }
  for (i = 0; i < act->backends.n; i++)
    if (!act->backends.row[i].live)
      {
        if (!act->backends.row[i].owed.since)
          act->backends.row[i].owed.since = (uint64_t)time (NULL);
        n++;
      }
  if (n)
    log_info ("%zu close-commands must still run", n);
}


uint32_t
act_backends_owed (struct act *act, uint64_t *r_since)
{
  const struct act_backends *all = &act->backends;
  uint32_t n = 0;
  size_t i;

  *r_since = 0;
  for (i = 0; i < all->n; i++)
    if (!all->row[i].live)
      {
        if (!n || all->row[i].owed.since < *r_since)
          *r_since = all->row[i].owed.since;
        n++;
      }
  return n;
}


/* Only one command at a time for an address: an open-command and a
   close-command for it must not overtake each other.  */
static bool
may_start (struct act *act, const struct act_backend *row)
{
  const struct act_backends *all = &act->backends;
  unsigned int n = 0;
  size_t i;

  for (i = 0; i < all->n; i++)
    if (all->row[i].run)
      {
        if (!strcmp (all->row[i].owed.addr, row->owed.addr))
          return false;
        n++;
      }
  return n < ACT_BACKEND_RUNS;
}


static void
name_row (const struct act_backend *row, bool closing, char name[64])
{
  snprintf (name, 64, "%s%llu", closing ? "close" : "open",
            (unsigned long long)row->owed.id);
}


/* Its command failed: try again later, or give up.  */
static void
note_backend_failure (struct act_backend *row)
{
  unsigned int pause = LONGEST;

  if (!row->closing)
    {
      row->failed = true;
      log_error ("open-command %s failed; the other firewall was not opened",
                 row->owed.label);
      return;
    }
  if (row->tries < 10)
    pause = 1u << row->tries;
  if (pause > LONGEST)
    pause = LONGEST;
  row->due = ticks_us () + UINT64_C (1000000) * pause;
  if (++row->tries >= MANY)
    log_error ("close-command %s failed %u times; the other firewall may still be OPEN; the"
               " next try is in %u seconds", row->owed.label, row->tries,
               pause);
  else
    log_warn ("close-command %s failed; the next try is in %u seconds",
              row->owed.label, pause);
}


static void
start_command_of (struct act *act, struct act_backend *row, bool closing)
{
  struct run_facts facts = { NULL, NULL, NULL, NULL, NULL };
  enum refusal why = REFUSAL_RUN_MEMORY;
  struct config_program program;
  bool opened = row->owed.opened;
  gpg_error_t err = 0;
  char name[64];

  row->closing = closing;
  name_row (row, closing, name);
  /* From now on nobody knows that it is open; that has to be on the disk
     before the command starts.  */
  if (closing && (opened || !row->tries))
    {
      row->owed.opened = false;
      err = owed_store_put (act->backends.store, &row->owed);
      if (err)
        row->owed.opened = opened;
    }
  if (!err)
    err = act_program_read (closing ? row->owed.close : row->owed.open,
                            &program);
  if (!err)
    {
      err = run_start (&program, &program.argv, NULL, 0, &facts,
                       &act->runs.set, name, &row->run, &why);
      config_program_release (&program);
    }
  if (!err)
    return;
  log_error ("%s-command %s: %s (%s)", closing ? "close" : "open",
             row->owed.label, refusal_text (why), gpg_strerror (err));
  note_backend_failure (row);
}


void
act_backends_start (struct act *act)
{
  struct act_backends *all = &act->backends;
  uint64_t now = ticks_us ();
  struct act_backend *row;
  size_t i;

  for (i = 0; i < all->n; i++)
    {
      row = all->row + i;
      if (!row->live && !row->run && row->due <= now
          && may_start (act, row))
        start_command_of (act, row, true);
    }
  for (i = 0; i < all->n; i++)
    {
      row = all->row + i;
      if (row->live && !row->owed.opened && !row->failed && !row->run
          && may_start (act, row))
        start_command_of (act, row, false);
    }
}


int
act_backends_wait (struct act *act)
{
  struct act_backends *all = &act->backends;
  const struct act_backend *row;
  uint64_t now = ticks_us ();
  int wait = -1;

  for (row = all->row; row < all->row + all->n; row++)
    if (!row->run && !row->live && row->due > now)
      wait = role_sooner (wait, (int)((row->due - now + 999) / 1000));
  return wait;
}


/* A command of ROW has ended.  True if the row is no longer needed.  */
static bool
take_end (struct act *act, struct act_backend *row)
{
  const char *what = row->closing ? "close-command" : "open-command";
  bool well = act_log_end (what, row->owed.label, row->run);

  run_release (row->run);
  row->run = NULL;
  if (!well)
    {
      note_backend_failure (row);
      return false;
    }
  if (!row->closing)
    {
      row->owed.opened = true;
      owed_store_put (act->backends.store, &row->owed);
    }
  log_info ("%s %s has run", what, row->owed.label);
  if (!row->closing)
    return false;
  row->tries = 0;
  /* A new grant may share it meanwhile.  */
  if (row->live)
    return false;
  if (!owed_store_remove (act->backends.store, &row->owed))
    return true;
  note_backend_failure (row);
  return false;
}


void
act_backends_turn (struct act *act)
{
  struct act_backends *all = &act->backends;
  struct act_backend *row;
  size_t i, kept = 0;

  for (i = 0; i < all->n; i++)
    {
      row = all->row + i;
      if (row->run && run_ended (row->run) && take_end (act, row))
        clear_row (row);
      else
        all->row[kept++] = *row;
    }
  all->n = kept;
}


void
act_backends_stop (struct act *act)
{
  struct act_backends *all = &act->backends;
  size_t i;

  for (i = 0; i < all->n; i++)
    {
      run_release (all->row[i].run);
      all->row[i].run = NULL;
    }
  owed_store_close (all->store);
  all->store = NULL;
}
