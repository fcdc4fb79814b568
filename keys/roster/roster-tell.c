/* roster-tell.c - Telling a running posternd what changed in the roster.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The audit belongs to posternd's own user, who may have been taken over.  So
 * root never opens the database: posternd writes the rows, or where none
 * runs, a child of ours that has become that user.  */

#include "roster-parts.h"

#include <jansson.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/console-json.h"
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../../common/base/program.h"
#include "../../server/store/audit.h"
#include "../../server/role/confine.h"
#include "../../server/role/role.h"

#define MAX_LOGINUID 16
#define ROWS_AT_ONCE 256        /* In one transaction.  */


gpg_error_t
roster_reload (roster_t roster, char **r_message)
{
  gpg_error_t err;
  console_t console;
  const char *why = NULL;

  *r_message = NULL;
  err = console_open (roster->config->runtime, &console);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    return 0;
  if (!err)
    err = console_reload (&console, &why);
  if (err)
    *r_message = gpgrt_bsprintf ("the running posternd did not reload: %s",
                                 why ? why : console_why (err));
  console_close (console);
  return err;
}


void
roster_announce (roster_t roster, const char *verb, const char *name)
{
  char *message;
  gpg_error_t err = roster_reload (roster, &message);

  if (err)
    log_warn ("%s%s%s: %s", verb, name ? " " : "", name ? name : "",
              message ? message : gpg_strerror (err));
  gpgrt_free (message);
}


void
roster_settle (roster_t roster, const char *verb, const char *name)
{
  gpg_error_t err;
  console_t console;

  err = console_open (roster->config->runtime, &console);
  console_close (console);
  if (!err)
    err = console_settle (roster->config->runtime, &console);
  if (!err)
    console_close (console);
  else if (gpg_err_code (err) != GPG_ERR_NOT_FOUND)
    log_warn ("%s %s: whether the running posternd has seen the change is not"
              " known: %s", verb, name, console_why (err));
}


/* The user who logged in, whoever they became since (proc(5), loginuid).
   Lasts until the next call.  */
static const char *
find_login_name (void)
{
  unsigned char *text;
  unsigned long long uid;
  struct passwd *pw = NULL;
  size_t len;

  if (!file_read ("/proc/self/loginuid", MAX_LOGINUID, &text, &len))
    {
      if (!decode_decimal ((char *)text, len, UINT32_MAX - 1, &uid))
        pw = getpwuid ((uid_t)uid);
      free (text);
    }
  return pw && encode_is_clean (pw->pw_name, strlen (pw->pw_name))
    ? pw->pw_name : "root";
}


/* " NAME=VALUE" with VALUE percent-encoded, or nothing for NULL.  */
static void
add_option (gpgrt_stream_t fp, const char *name, const char *value)
{
  char *text;

  if (!value || encode_percent (value, strlen (value), &text))
    return;
  gpgrt_fprintf (fp, " %s=%s", name, text);
  free (text);
}


/* To be freed with gpgrt_free.  */
static char *
build_note_command (const char *verb, const struct audit_note *note)
{
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");
  void *text;

  if (!fp)
    return NULL;
  gpgrt_fprintf (fp, "%s --user=%s", verb, note->user);
  add_option (fp, "--action", note->action);
  add_option (fp, "--fpr", note->fpr);
  add_option (fp, "--by", note->by);
  add_option (fp, "--why", note->why);
  gpgrt_fputc (0, fp);
  return gpgrt_fclose_snatch (fp, &text, NULL) ? NULL : text;
}


static gpg_error_t
send_note (console_t console, const char *verb, const struct audit_note *note,
           json_t **r_answer)
{
  gpg_error_t err;
  char *command = build_note_command (verb, note);

  err = command ? console_ask_json (console, command, r_answer)
    : gpg_error (GPG_ERR_ENOMEM);
  gpgrt_free (command);
  return err;
}


/* Hand the N notes to a running posternd.  GPG_ERR_NOT_FOUND if none
   runs.  */
static gpg_error_t
note_by_posternd (config_t config, const struct audit_note *note, size_t n)
{
  gpg_error_t err;
  console_t console;
  json_t *answer;
  size_t i;

  err = console_open (config->runtime, &console);
  if (err)
    return err;
  for (i = 0; !err && i < n; i++)
    {
      err = send_note (console, "NOTE", note + i, &answer);
      json_decref (answer);
    }
  console_close (console);
  return err;
}


static gpg_error_t
write_rows (audit_t audit, const struct audit_note *note, size_t n,
            const struct clock_reading *now)
{
  gpg_error_t err = 0;
  size_t i;
  int wait;

  for (i = 0; !err && i < n; i++)
    {
      err = audit_note (audit, now, note + i);
      if (i % ROWS_AT_ONCE == ROWS_AT_ONCE - 1)
        audit_flush (audit, now, true, &wait);
    }
  return err;
}


struct notes
{
  config_t config;
  const char *dir;
  const struct audit_note *note;
  size_t n;
};


/* In the child.  It gives up root before it opens the database.  */
static int
write_notes_to_store (void *arg)
{
  const struct notes *notes = arg;
  gpg_error_t err;
  struct clock_source clock;
  struct clock_reading now;
  store_t store = NULL;
  audit_t audit = NULL;
  bool fresh;

  err = confine_user (ROLE_USER_DECIDE, 0);
  if (!err)
    err = clock_system (&clock);
  if (!err)
    err = store_open (notes->dir, &store, &fresh);
  if (!err)
    err = audit_open (store, notes->config->host, 0, &audit);
  if (!err)
    {
      clock_read (&clock, &now);
      err = write_rows (audit, notes->note, notes->n, &now);
    }
  audit_close (audit);
  store_close (store);
  return err ? EX_SOFTWARE : EX_OK;
}


/* If there is no database, fail: a new one would hide that the old one is
   gone.  */
static gpg_error_t
note_by_child (config_t config, const struct audit_note *note, size_t n)
{
  char *dir = config_state_path (config, "decide");
  char *path = dir ? gpgrt_bsprintf ("%s/" STORE_FILE, dir) : NULL;
  struct notes notes = { config, dir, note, n };
  const struct program child =
    { .call = write_notes_to_store, .arg = &notes, .timeout_ms = -1 };
  gpg_error_t err = 0;
  size_t len;
  int status = 0;

  if (!path || access (path, F_OK))
    err = gpg_error_from_syserror ();
  else
    err = program_run (&child, &len, &status);
  gpgrt_free (path);
  free (dir);
  return err ? err : status ? gpg_error (GPG_ERR_GENERAL) : 0;
}


static gpg_error_t
write_notes (roster_t roster, const struct audit_note *note, size_t n)
{
  gpg_error_t err = note_by_posternd (roster->config, note, n);

  return gpg_err_code (err) == GPG_ERR_NOT_FOUND
    ? note_by_child (roster->config, note, n) : err;
}


void
roster_note (roster_t roster, const char *action, const char *user,
             const char *fpr, const char *why)
{
  struct audit_note note = { action, user, fpr, find_login_name (), why, NULL };

  if (write_notes (roster, &note, 1))
    log_warn ("%s %s: cannot write this to the audit", action, user);
}


void
roster_note_all (roster_t roster, const char *action,
                 const struct roster_noted *noted, size_t n)
{
  struct audit_note *note = calloc (n ? n : 1, sizeof *note);
  const char *who = find_login_name ();
  size_t i;

  for (i = 0; note && i < n; i++)
    {
      note[i].action = action;
      note[i].user = noted[i].user;
      note[i].fpr = noted[i].fpr;
      note[i].by = who;
    }
  if (n && (!note || write_notes (roster, note, n)))
    log_warn ("%s: cannot write all of this to the audit", action);
  free (note);
}


void
roster_bar (roster_t roster, const char *user, const char *fpr)
{
  char *command = gpgrt_bsprintf ("BAR --user=%s --fpr=%s", user, fpr);

  console_close (roster->barring);
  roster->barring = NULL;
  if (command)
    console_post (roster->config->runtime, command, &roster->barring);
  gpgrt_free (command);
}


gpg_error_t
roster_end (roster_t roster, const char *user, const char *fpr,
            const char *why, unsigned int *r_closed, char **r_message)
{
  struct audit_note note = { NULL, user, fpr, find_login_name (), why, NULL };
  gpg_error_t err;
  console_t console;
  json_t *answer = NULL;

  *r_closed = 0;
  *r_message = NULL;
  err = console_open (roster->config->runtime, &console);
  if (!err)
    err = send_note (console, "REVOKE", &note, &answer);
  *r_closed = (unsigned int)json_integer_value (json_object_get (answer,
                                                                 "closed"));
  json_decref (answer);
  console_close (console);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    roster_note (roster, "revoke", user, fpr, why);
  else if (err)
    *r_message = gpgrt_bsprintf ("the open grants could not be ended: %s",
                                 console_why (err));
  return err;
}
