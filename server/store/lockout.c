/* lockout.c - Who gave wrong credentials, and has to wait.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lockout.h"

#include <stdlib.h>
#include <string.h>

#include "../../common/base/log.h"

struct person
{
  char name[NETSPEC_NAMELEN + 1];
  uint64_t failed[LOCKOUT_FAILURES];    /* The last ones; 0: none.  */
  uint64_t until;               /* No check before.  */
  unsigned int wait;            /* The last one's length; 0: none.  */
};

struct lockout_s
{
  store_t store;
  sqlite3_stmt *put;
  sqlite3_stmt *drop;
  size_t n;
  struct person *person;
};

static const char sql_create[] =
  "CREATE TABLE IF NOT EXISTS lockouts (user TEXT PRIMARY KEY,"
  " until INTEGER NOT NULL, wait INTEGER NOT NULL, f1 INTEGER NOT NULL,"
  " f2 INTEGER NOT NULL, f3 INTEGER NOT NULL, f4 INTEGER NOT NULL,"
  " f5 INTEGER NOT NULL)";
static const char sql_read[] =
  "SELECT user, until, wait, f1, f2, f3, f4, f5 FROM lockouts";
static const char sql_put[] =
  "INSERT OR REPLACE INTO lockouts (user, until, wait, f1, f2, f3, f4, f5)"
  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char sql_drop[] = "DELETE FROM lockouts WHERE user = ?1";


static struct person *
find_person (lockout_t lockout, const char *user)
{
  size_t i;

  for (i = 0; i < lockout->n; i++)
    if (!strcmp (lockout->person[i].name, user))
      return lockout->person + i;
  return NULL;
}


/* NULL: out of memory, or no name.  */
static struct person *
add_person (lockout_t lockout, const char *user)
{
  struct person *more;

  if (strlen (user) > NETSPEC_NAMELEN)
    return NULL;
  more = reallocarray (lockout->person, lockout->n + 1, sizeof *more);
  if (!more)
    return NULL;
  lockout->person = more;
  more += lockout->n++;
  memset (more, 0, sizeof *more);
  memcpy (more->name, user, strlen (user));
  return more;
}


static gpg_error_t
read_person (void *hook, sqlite3_stmt *stmt)
{
  lockout_t lockout = hook;
  const char *user = (const char *)sqlite3_column_text (stmt, 0);
  struct person *person;
  int i;

  if (!user || strlen (user) > NETSPEC_NAMELEN)
    return 0;                   /* Nobody's.  */
  person = add_person (lockout, user);
  if (!person)
    return gpg_error (GPG_ERR_ENOMEM);
  person->until = (uint64_t)sqlite3_column_int64 (stmt, 1);
  person->wait = (unsigned int)sqlite3_column_int (stmt, 2);
  if (person->wait > LOCKOUT_MOST)
    person->wait = LOCKOUT_MOST;
  for (i = 0; i < LOCKOUT_FAILURES; i++)
    person->failed[i] = (uint64_t)sqlite3_column_int64 (stmt, 3 + i);
  return 0;
}


gpg_error_t
lockout_open (store_t store, lockout_t *r_lockout)
{
  lockout_t lockout = calloc (1, sizeof *lockout);
  gpg_error_t err;

  *r_lockout = NULL;
  if (!lockout)
    return gpg_error (GPG_ERR_ENOMEM);
  lockout->store = store;
  err = store_execute (store, sql_create);
  if (!err)
    err = store_prepare (store, sql_put, &lockout->put);
  if (!err)
    err = store_prepare (store, sql_drop, &lockout->drop);
  if (!err)
    err = database_rows (store_db (store), sql_read, read_person, lockout);
  if (err)
    lockout_close (lockout);
  else
    *r_lockout = lockout;
  return err;
}


void
lockout_close (lockout_t lockout)
{
  if (!lockout)
    return;
  sqlite3_finalize (lockout->put);
  sqlite3_finalize (lockout->drop);
  free (lockout->person);
  free (lockout);
}


/* Run STMT, whose values are bound, in a transaction that no packet's
   claim waits for.  */
static void
write_person (lockout_t lockout, sqlite3_stmt *stmt)
{
  gpg_error_t err = store_begin (lockout->store, false);

  if (!err)
    err = database_run (stmt);
  err = store_end (lockout->store, err);
  if (err)
    log_error ("a lock-out cannot be stored: %s", gpg_strerror (err));
}


static void
put_person (lockout_t lockout, const struct person *person)
{
  sqlite3_stmt *stmt = lockout->put;
  int i;

  sqlite3_bind_text (stmt, 1, person->name, -1, SQLITE_TRANSIENT);
  sqlite3_bind_int64 (stmt, 2, (sqlite3_int64)person->until);
  sqlite3_bind_int64 (stmt, 3, person->wait);
  for (i = 0; i < LOCKOUT_FAILURES; i++)
    sqlite3_bind_int64 (stmt, 4 + i, (sqlite3_int64)person->failed[i]);
  write_person (lockout, stmt);
}


static void
drop_person (lockout_t lockout, struct person *person)
{
  sqlite3_bind_text (lockout->drop, 1, person->name, -1, SQLITE_TRANSIENT);
  write_person (lockout, lockout->drop);
  *person = lockout->person[--lockout->n];
}


static unsigned int
left_of (struct person *person, uint64_t now)
{
  if (person->until <= now)
    return 0;
  if (person->until - now > person->wait)
    person->until = now + person->wait; /* The clock went back.  */
  return (unsigned int)(person->until - now);
}


unsigned int
lockout_left (lockout_t lockout, const char *user, uint64_t now)
{
  struct person *person = find_person (lockout, user);

  return person ? left_of (person, now) : 0;
}


static bool
is_recent (uint64_t then, uint64_t now)
{
  return then && (then > now || now - then < LOCKOUT_WINDOW);
}


/* Nothing of it counts any more.  */
static bool
is_over (const struct person *person, uint64_t now)
{
  int i;

  for (i = 0; i < LOCKOUT_FAILURES; i++)
    if (is_recent (person->failed[i], now))
      return false;
  return !is_recent (person->until, now);
}


static void
drop_old_persons (lockout_t lockout, uint64_t now)
{
  size_t i = 0;

  while (i < lockout->n)
    if (is_over (lockout->person + i, now))
      drop_person (lockout, lockout->person + i);
    else
      i++;
}


unsigned int
lockout_failed (lockout_t lockout, const char *user, uint64_t now)
{
  struct person *person;
  int i;

  drop_old_persons (lockout, now);
  person = find_person (lockout, user);
  if (!person)
    person = add_person (lockout, user);
  if (!person)
    return 0;
  memmove (person->failed, person->failed + 1,
           (LOCKOUT_FAILURES - 1) * sizeof *person->failed);
  person->failed[LOCKOUT_FAILURES - 1] = now;
  for (i = 0; i < LOCKOUT_FAILURES; i++)
    if (!is_recent (person->failed[i], now))
      break;
  if (person->wait || i == LOCKOUT_FAILURES)
    {
      person->wait = !person->wait ? LOCKOUT_FIRST : 2 * person->wait;
      if (person->wait > LOCKOUT_MOST)
        person->wait = LOCKOUT_MOST;
      person->until = now + person->wait;
    }
  put_person (lockout, person);
  return left_of (person, now);
}


bool
lockout_clear (lockout_t lockout, const char *user)
{
  struct person *person = find_person (lockout, user);

  if (person)
    drop_person (lockout, person);
  return person != NULL;
}


const char *
lockout_next (lockout_t lockout, uint64_t now, size_t *pos,
              unsigned int *r_left)
{
  struct person *person;

  while (*pos < lockout->n)
    {
      person = lockout->person + (*pos)++;
      *r_left = left_of (person, now);
      if (*r_left)
        return person->name;
    }
  return NULL;
}
