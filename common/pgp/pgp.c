/* pgp.c - GnuPG through gpgme: contexts, and how an operation is run.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * gpgme starts gpg for each operation, and its synchronous functions wait
 * for it without a limit.  So each operation is only started with gpgme, and
 * a loop in this file, which knows a deadline, waits for its
 * descriptors.  */

#include "pgp.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include "../base/array.h"
#include "../base/ticks.h"
#include "pgp-local.h"

#define LEAST_GPGME "1.18.0"


gpg_error_t
pgp_init (void)
{
  if (!gpgme_check_version (LEAST_GPGME))
    return gpg_error (GPG_ERR_UNKNOWN_VERSION);
  /* So that pinentry speaks the person's language.  */
  gpgme_set_locale (NULL, LC_CTYPE, setlocale (LC_CTYPE, NULL));
  return gpgme_set_locale (NULL, LC_MESSAGES, setlocale (LC_MESSAGES, NULL));
}


bool
pgp_is_fpr (const char *text)
{
  return text && netspec_fpr_valid (text, strlen (text));
}


static gpgme_error_t
add_slot (void *hook, int fd, int dir, gpgme_io_cb_t fnc, void *fnc_data,
          void **r_tag)
{
  pgp_t pgp = hook;
  struct pgp_slot *slot;
  size_t i;

  for (i = 0; i < PGP_SLOTS && pgp->slot[i].used; i++)
    ;
  if (i == PGP_SLOTS)
    return gpg_error (GPG_ERR_TOO_MANY);
  slot = pgp->slot + i;
  slot->used = true;
  slot->fd = fd;
  slot->reads = !!dir;
  slot->fnc = fnc;
  slot->fnc_data = fnc_data;
  *r_tag = slot;
  return 0;
}


static void
remove_slot (void *tag)
{
  struct pgp_slot *slot = tag;

  if (slot)
    slot->used = false;
}


/* Add KEY to PGP->found, which takes over the reference.  */
static gpg_error_t
keep_found_key (pgp_t pgp, gpgme_key_t key)
{
  gpg_error_t err = array_grow (&pgp->found, pgp->n_found,
                                sizeof *pgp->found);

  if (err)
    gpgme_key_unref (key);
  else
    pgp->found[pgp->n_found++] = key;
  return err;
}


static void
on_event (void *hook, gpgme_event_io_t type, void *type_data)
{
  pgp_t pgp = hook;
  gpgme_io_event_done_data_t done = type_data;
  gpg_error_t err;

  switch (type)
    {
    case GPGME_EVENT_NEXT_KEY:
      err = keep_found_key (pgp, type_data);
      if (err && !pgp->result)
        pgp->result = err;
      break;
    case GPGME_EVENT_DONE:
      pgp->done = true;
      if (!pgp->result)
        pgp->result = done->err ? done->err : done->op_err;
      break;
    default:
      break;
    }
}


/* True if this process can see the host's own configuration of GnuPG, which
   no home of Postern's may follow.  A process that Landlock confines for gpg
   cannot.  */
static bool
has_host_conf (void)
{
  int fd = open ("/etc/gnupg", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}


/* The path of the program NAME that gpgme runs instead of gpg, to be freed
   with gpgrt_free.  POSTERN_LIBEXEC is for the tests, which run it from where
   it was built.  */
static char *
find_wrapper (const char *name)
{
  const char *dir = secure_getenv ("POSTERN_LIBEXEC");

  return gpgrt_bsprintf ("%s/%s", dir ? dir : POSTERN_LIBEXECDIR, name);
}


static gpg_error_t
set_engine (pgp_t pgp)
{
  gpg_error_t err;
  char *program = NULL;

  if (pgp->side == PGP_PERSON || has_host_conf ())
    {
      /* It ignores the person's gpg.conf, or the host's.  */
      program = find_wrapper (pgp->side == PGP_PERSON ? "postern-gpg"
                              : "postern-home-gpg");
      if (!program)
        return gpg_error_from_syserror ();
    }
  err = gpgme_ctx_set_engine_info (pgp->ctx, GPGME_PROTOCOL_OpenPGP,
                                   program ? program : POSTERN_GPG,
                                   pgp->home);
  gpgrt_free (program);
  return err;
}


static gpg_error_t
set_up_context (pgp_t pgp)
{
  gpg_error_t err;
  struct gpgme_io_cbs cbs = { add_slot, pgp, remove_slot, on_event, pgp };

  err = gpgme_new (&pgp->ctx);
  if (!err)
    err = gpgme_set_protocol (pgp->ctx, GPGME_PROTOCOL_OpenPGP);
  if (!err)
    err = set_engine (pgp);
  if (err)
    return err;
  gpgme_set_offline (pgp->ctx, 1);
  gpgme_set_armor (pgp->ctx, 0);
  gpgme_set_textmode (pgp->ctx, 0);
  gpgme_set_io_cbs (pgp->ctx, &cbs);
  /* gpgme forks twice, so gpg would become a child of init and out of
     reach; a subreaper inherits it instead.  */
  if (pgp->side == PGP_SERVER && prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
    return gpg_error_from_syserror ();
  return gpgme_set_ctx_flag (pgp->ctx, "full-status", "1");
}


gpg_error_t
pgp_new (enum pgp_side side, const char *home, unsigned int deadline_ms,
         pgp_t *r_pgp)
{
  gpg_error_t err = 0;
  pgp_t pgp;

  *r_pgp = NULL;
  if (side == PGP_SERVER && !home)
    return gpg_error (GPG_ERR_INV_ARG);
  pgp = calloc (1, sizeof *pgp);
  if (!pgp)
    return gpg_error_from_syserror ();
  pgp->side = side;
  pgp->deadline_ms = deadline_ms;
  if (home && !(pgp->home = strdup (home)))
    err = gpg_error_from_syserror ();
  if (!err && side == PGP_SERVER)
    err = pgp_home_check (home);
  if (!err)
    err = set_up_context (pgp);
  if (err)
    pgp_release (pgp);
  else
    *r_pgp = pgp;
  return err;
}


gpg_error_t
pgp_confine (pgp_t pgp)
{
  gpg_error_t err;
  char *program = find_wrapper ("confined-gpg");

  if (!program)
    return gpg_error_from_syserror ();
  err = gpgme_ctx_set_engine_info (pgp->ctx, GPGME_PROTOCOL_OpenPGP, program,
                                   pgp->home);
  gpgrt_free (program);
  return err;
}


void
pgp_forget_keys (pgp_t pgp)
{
  size_t i;

  for (i = 0; i < pgp->n_found; i++)
    gpgme_key_unref (pgp->found[i]);
  free (pgp->found);
  pgp->found = NULL;
  pgp->n_found = 0;
}


void
pgp_release (pgp_t pgp)
{
  if (!pgp)
    return;
  if (pgp->side == PGP_SERVER)
    pgp_children_end (pgp);
  pgp_forget_keys (pgp);
  if (pgp->cache)
    pgp->cache_release (pgp->cache);
  gpgme_release (pgp->ctx);
  free (pgp->home);
  free (pgp);
}


gpg_error_t
pgp_begin (pgp_t pgp)
{
  pgp_forget_keys (pgp);
  memset (pgp->slot, 0, sizeof pgp->slot);
  pgp->done = false;
  pgp->result = 0;
  return pgp->side == PGP_SERVER ? pgp_children_before (pgp) : 0;
}


/* Fill FDS with the descriptors in use; WHICH[i] is the slot of FDS[i].
   Returns how many there are.  */
static nfds_t
collect_slots (pgp_t pgp, struct pollfd *fds, size_t *which)
{
  nfds_t n = 0;
  size_t i;

  for (i = 0; i < PGP_SLOTS; i++)
    if (pgp->slot[i].used)
      {
        fds[n].fd = pgp->slot[i].fd;
        fds[n].events = pgp->slot[i].reads ? POLLIN : POLLOUT;
        fds[n].revents = 0;
        which[n++] = i;
      }
  return n;
}


/* Wait once for the descriptors and serve them: until END_MS (by ticks_ms);
   if that is 0, without a limit, or with a watch for a second.  */
static gpg_error_t
wait_once (pgp_t pgp, long long end_ms)
{
  struct pollfd fds[PGP_SLOTS];
  size_t which[PGP_SLOTS];
  struct timespec ts = { 1, 0 };
  long long left_ms;
  nfds_t n, i;

  n = collect_slots (pgp, fds, which);
  if (!n)
    return gpg_error (GPG_ERR_GENERAL);         /* It can never end.  */
  if (end_ms)
    {
      left_ms = end_ms - (int64_t)ticks_ms ();
      if (left_ms <= 0)
        return gpg_error (GPG_ERR_TIMEOUT);
      ts.tv_sec = left_ms / 1000;
      ts.tv_nsec = left_ms % 1000 * 1000000;
    }
  if (ppoll (fds, n, end_ms || pgp->watch ? &ts : NULL, NULL) < 0)
    return errno == EINTR ? 0 : gpg_error_from_syserror ();
  for (i = 0; i < n && !pgp->done; i++)
    {
      struct pgp_slot *slot = pgp->slot + which[i];

      /* An earlier handler may have closed it.  */
      if (fds[i].revents && slot->used && slot->fd == fds[i].fd)
        slot->fnc (slot->fnc_data, slot->fd);
    }
  return 0;
}


void
pgp_watch (pgp_t pgp, pgp_watch_t watch)
{
  pgp->watch = pgp->deadline_ms ? NULL : watch;
}


gpg_error_t
pgp_engine_check (const char **r_path)
{
  *r_path = POSTERN_GPG;
  return access (POSTERN_GPG, X_OK) ? gpg_error_from_syserror () : 0;
}


const char *
pgp_home (pgp_t pgp)
{
  return pgp->home ? pgp->home : gpgme_get_dirinfo ("homedir");
}


/* Call the watch for each second since BEGIN_MS; *TOLD counts the calls.  */
static void
tell_watch (pgp_t pgp, long long begin_ms, unsigned int *told)
{
  const char *home = pgp->watch ? pgp_home (pgp) : NULL;

  while (home && !pgp->done
         && ((int64_t)ticks_ms () - begin_ms) / 1000 > (long long) *told)
    pgp->watch (home, ++*told);
}


gpg_error_t
pgp_finish (pgp_t pgp, gpg_error_t err)
{
  long long begin_ms = (int64_t)ticks_ms ();
  long long end_ms = pgp->deadline_ms ? begin_ms + pgp->deadline_ms : 0;
  size_t found = 0;
  unsigned int told = 0;

  if (pgp->side == PGP_SERVER && !err)
    pgp_children_limit (pgp);
  while (!err && !pgp->done)
    {
      err = wait_once (pgp, end_ms);
      if (pgp->patient && pgp->n_found > found)
        end_ms = (int64_t)ticks_ms () + pgp->deadline_ms;
      found = pgp->n_found;
      tell_watch (pgp, begin_ms, &told);
    }
  if (err && !pgp->done)
    {
      gpgme_cancel (pgp->ctx);
      if (pgp->side == PGP_SERVER)
        pgp_children_kill (pgp);
    }
  if (pgp->side == PGP_SERVER)
    pgp_children_after (pgp);
  return err ? err : pgp->result;
}


gpg_error_t
pgp_list (pgp_t pgp, const char *pattern, bool secret,
          gpgme_keylist_mode_t mode)
{
  gpg_error_t err;

  err = pgp_begin (pgp);
  if (!err)
    err = gpgme_set_keylist_mode (pgp->ctx, GPGME_KEYLIST_MODE_LOCAL | mode);
  if (!err)
    err = gpgme_op_keylist_start (pgp->ctx, pattern, secret);
  err = pgp_finish (pgp, err);
  /* gpg fails if nothing matches.  */
  if (gpg_err_code (err) == GPG_ERR_NO_PUBKEY
      || gpg_err_code (err) == GPG_ERR_NO_SECKEY)
    err = 0;
  return err;
}


gpg_error_t
pgp_import_all (pgp_t pgp, const void *data, size_t len)
{
  gpg_error_t err;
  gpgme_data_t in;

  err = gpgme_data_new_from_mem (&in, data, len, 0);
  if (err)
    return err;
  err = pgp_begin (pgp);
  if (!err)
    err = gpgme_op_import_start (pgp->ctx, in);
  err = pgp_finish (pgp, err);
  gpgme_data_release (in);
  return err;
}


gpg_error_t
pgp_import_one (pgp_t pgp, const void *data, size_t len)
{
  gpg_error_t err = pgp_import_all (pgp, data, len);
  gpgme_import_result_t result;

  if (err)
    return err;
  result = gpgme_op_import_result (pgp->ctx);
  if (!result || !result->imports)
    return gpg_error (GPG_ERR_NO_PUBKEY);
  return result->imports->result;
}


static gpgme_ssize_t
write_sink (void *hook, const void *data, size_t len)
{
  struct pgp_sink *sink = hook;

  if (len > sink->size - sink->len)
    {
      sink->over = true;
      errno = EFBIG;
      return -1;
    }
  memcpy (sink->buf + sink->len, data, len);
  sink->len += len;
  return (gpgme_ssize_t)len;
}


gpg_error_t
pgp_sink_open (struct pgp_sink *sink, void *buf, size_t size)
{
  static struct gpgme_data_cbs cbs = { NULL, write_sink, NULL, NULL };

  sink->buf = buf;
  sink->size = size;
  sink->len = 0;
  sink->over = false;
  sink->data = NULL;
  return gpgme_data_new_from_cbs (&sink->data, &cbs, sink);
}


void
pgp_sink_close (struct pgp_sink *sink)
{
  gpgme_data_release (sink->data);
  sink->data = NULL;
}
