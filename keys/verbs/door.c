/* door.c - postern-keys door: the doors and their keys.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A door that goes, or a key that is cut off, shuts people out of the host,
 * perhaps the administrator too: what would do so without being asked for is
 * refused.  */

#include "keys-verbs.h"

#include <string.h>
#include <time.h>
#include "../../common/base/log.h"
#include "../../common/base/netspec.h"
#include "door-list.h"
#include "../roster/doors.h"
#include "../roster/roster.h"
#include "../text.h"

#define NAMED 8                 /* How many people a refusal names.  */


/* Check what goes with which word.  */
static int
check_door_words (struct options *opt)
{
  int argc = opt->n_args;
  char **argv = opt->arg;
  bool list = argc && !strcmp (argv[0], "list");
  bool rotate = argc && !strcmp (argv[0], "rotate");
  bool add = argc && !strcmp (argv[0], "add");
  bool remove = argc && !strcmp (argv[0], "remove");

  if (!list && !rotate && !add && !remove)
    return kit_usage ("door", "one of list, add, rotate and remove is"
                      " needed");
  opt->what = argv[0];
  if (argc != (list ? 1 : 2))
    return kit_usage ("door", list ? "list takes no argument"
                      : "%s needs one NAME", opt->what);
  if ((opt->has_grace && !rotate) || (opt->ends && !add)
      || (opt->json && !list) || (opt->force && !remove))
    return kit_usage ("door", "%s does not take that option", opt->what);
  opt->name = argv[1];
  if (!list && !netspec_name_valid (opt->name, strlen (opt->name)))
    return kit_usage ("door", "'%s' is not a valid door name (lower-case"
                      " letters, digits, '.', '_', '-')", opt->name);
  return KIT_GO_ON;
}


static gpg_error_t
make_new_door (roster_t roster, const struct options *opt)
{
  config_t config = roster_config (roster);
  gpg_error_t err;
  char *message = NULL;

  if (config_door_by_name (config, opt->name) != CONFIG_MAX_DOORS)
    {
      log_error ("door add %s: it exists already; 'postern-keys door rotate"
                 " %s' gives it a new key", opt->name, opt->name);
      return gpg_error (GPG_ERR_EEXIST);
    }
  if (config->n_doors == CONFIG_MAX_DOORS)
    {
      log_error ("door add %s: there are %d doors already, which is the"
                 " most; see 'postern-keys door list'", opt->name,
                 CONFIG_MAX_DOORS);
      return gpg_error (GPG_ERR_TOO_MANY);
    }
  err = doors_make (config->dir, opt->name, opt->ends);
  /* Only the configuration's parser knows whether ENDS is a date.  */
  if (!err && (err = roster_check (roster, &message)))
    doors_delete (config->dir, opt->name);
  if (!log_failure (err, message, "door add %s", opt->name))
    log_info ("the door %s is ready; 'postern-keys enroll --door %s' ties a"
              " person to it", opt->name, opt->name);
  return err;
}


static void
say_not_rotated (config_t config, size_t i, uint64_t until, gpg_error_t err)
{
  const struct config_door *door = config->door + i;
  char text[TEXT_TIMELEN];

  if (gpg_err_code (err) == GPG_ERR_EBUSY)
    log_error ("door rotate %s: the key before the last rotation works until"
               " %s UTC, and a door can have only one previous key; wait, or"
               " cut off both with --grace 0s", door->name,
               text_minute (until, text));
  else if (gpg_err_code (err) == GPG_ERR_KEY_EXPIRED)
    log_error ("door rotate %s: it ended on %s UTC; change 'ends' in %s%s%s"
               " first", door->name, text_minute (door->ends, text),
               door->own_file ? "doors/" : "",
               door->own_file ? door->name : "posternd",
               ".conf");
  else
    log_error ("door rotate %s: %s", door->name, gpg_strerror (err));
}


/* A rotation is only half done until everybody has a new invite.  */
static void
say_rotated (config_t config, size_t i, uint64_t until)
{
  const char *dir = config->dir;
  int own = strcmp (dir, POSTERN_SYSCONFDIR) != 0;
  char text[TEXT_TIMELEN];

  if (until)
    log_info ("the door %s has a new key; the old one works until %s UTC",
              config->door[i].name, text_minute (until, text));
  else
    log_info ("the door %s has a new key; the old one no longer works",
              config->door[i].name);
  log_info ("now give everybody a fresh invite: 'postern-keys invite --all"
            " DIR%s%s' writes them", own ? " --config " : "", own ? dir : "");
  if (config->door[i].ends)
    log_warn ("the door %s itself, and so its new key, ends on %s UTC",
              config->door[i].name, text_minute (config->door[i].ends, text));
}


static size_t
find_door (config_t config, const char *what, const char *name)
{
  size_t i = config_door_by_name (config, name);

  if (i == CONFIG_MAX_DOORS)
    log_error ("door %s %s: no such door; see 'postern-keys door list'",
               what, name);
  return i;
}


static gpg_error_t
rotate_door (roster_t roster, const struct options *opt)
{
  config_t config = roster_config (roster);
  gpg_error_t err;
  uint64_t until;
  size_t i = find_door (config, "rotate", opt->name);

  if (i == CONFIG_MAX_DOORS)
    return gpg_error (GPG_ERR_UNKNOWN_NAME);
  err = doors_rotate (config, i, opt->has_grace ? opt->grace : DOORS_GRACE,
                      (uint64_t)time (NULL), &until);
  if (err)
    say_not_rotated (config, i, until, err);
  else
    say_rotated (config, i, until);
  return err;
}


/* The first names of the people who are tied to DOOR, to be freed with
   gpgrt_free; *R_N is how many there are.  */
static char *
name_tied (config_t config, const char *door, size_t *r_n)
{
  char *text = gpgrt_bsprintf ("%s", ""), *longer;
  size_t i, n = 0;

  for (i = 0; text && i < config->n_users; i++)
    if (config->user[i].door && !strcmp (config->user[i].door, door)
        && n++ < NAMED)
      {
        longer = gpgrt_bsprintf ("%s%s%s", text, n > 1 ? ", " : "",
                                 config->user[i].name);
        gpgrt_free (text);
        text = longer;
      }
  *r_n = n;
  return text;
}


static gpg_error_t
check_untied (config_t config, size_t i, const struct options *opt)
{
  size_t k, n = 0;

  for (k = 0; k < config->n_users; k++)
    n += !config->user[k].door;
  if (!n || opt->force
      || roster_first_door (config, (uint64_t)time (NULL)) != i)
    return 0;
  log_error ("door remove %s: %zu people are tied to no door and use this"
             " one, and would be shut out; with --force it is removed, and"
             " then 'postern-keys invite --all DIR' lets them in by another",
             opt->name, n);
  return gpg_error (GPG_ERR_CONFLICT);
}


static gpg_error_t
check_remove (config_t config, size_t i, const struct options *opt)
{
  gpg_error_t err = gpg_error (GPG_ERR_CONFLICT);
  size_t n;
  char *tied = name_tied (config, opt->name, &n);

  if (n)
    log_error ("door remove %s: %zu %s tied to it: %s%s; tie them"
               " to another door first", opt->name, n,
               n == 1 ? "person is" : "people are", tied ? tied : "",
               n > NAMED ? " and more" : "");
  else if (config->n_doors == 1)
    log_error ("door remove %s: it is the last one, and nobody could come in"
               " any more; make another first, with 'postern-keys door add"
               " NAME'",
               opt->name);
  else
    err = check_untied (config, i, opt);
  gpgrt_free (tied);
  return err;
}


static gpg_error_t
remove_door (roster_t roster, const struct options *opt)
{
  config_t config = roster_config (roster);
  gpg_error_t err = 0;
  size_t i = config_door_by_name (config, opt->name);

  if (i < CONFIG_MAX_DOORS)
    err = check_remove (config, i, opt);
  if (err)
    return err;
  if (i < CONFIG_MAX_DOORS && !config->door[i].own_file)
    {
      log_error ("door remove %s: it is in %s/posternd.conf, which is yours:"
                 " remove its section there, then run this again to delete"
                 " its key", opt->name, config->dir);
      return gpg_error (GPG_ERR_CONFIGURATION);
    }
  /* A door that is not configured may have left its key.  */
  err = doors_delete (config->dir, opt->name);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    find_door (config, "remove", opt->name);
  else if (err)
    log_error ("door remove %s: %s", opt->name, gpg_strerror (err));
  else
    log_info ("the door %s is gone, and whoever has only its key is shut out",
              opt->name);
  return err;
}


static gpg_error_t
reload_doors (roster_t roster, const struct options *opt)
{
  char *message;
  gpg_error_t err = roster_reload (roster, &message);

  if (err)
    log_error ("door %s %s: changed on disk, but %s; try 'posternctl reload'",
               opt->what, opt->name, message ? message : gpg_strerror (err));
  gpgrt_free (message);
  return err;
}


/* A rotation that is refused as too early (EBUSY) may repeat one that was
   interrupted before posternd was told: then reload as well.  */
static gpg_error_t
change_doors (roster_t roster, const struct options *opt)
{
  gpg_error_t err, err2;

  err = doors_sweep (roster_config (roster)->dir);
  if (err)
    {
      log_error ("door %s %s: %s/doors: %s", opt->what, opt->name,
                 roster_config (roster)->dir, gpg_strerror (err));
      return err;
    }
  if (!strcmp (opt->what, "add"))
    err = make_new_door (roster, opt);
  else if (!strcmp (opt->what, "rotate"))
    err = rotate_door (roster, opt);
  else
    err = remove_door (roster, opt);
  if (err && gpg_err_code (err) != GPG_ERR_EBUSY)
    return err;
  err2 = reload_doors (roster, opt);
  return err ? err : err2;
}


int
door_verb (struct options *opt)
{
  gpg_error_t err;
  roster_t roster;
  char *message;
  int rc;

  rc = check_door_words (opt);
  if (rc != KIT_GO_ON)
    return rc;
  if (!strcmp (opt->what, "list"))
    return door_list (opt->dir, opt->json);
  err = roster_open (opt->dir, &roster, &message);
  if (err)
    log_error ("door %s %s: %s", opt->what, opt->name,
               message ? message : gpg_strerror (err));
  else
    err = change_doors (roster, opt);
  gpgrt_free (message);
  roster_close (roster);
  return log_exit_code (err);
}
