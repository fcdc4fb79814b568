/* group.c - postern-keys group: other groups for a person.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A group that ends by itself stands in the person's file with its time,
 * and whoever judges a request looks at that: nothing has to run then.  */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../roster/roster.h"
#include "../text.h"
#include "keys-verbs.h"

#define MAX_WHY 160             /* As the control socket takes.  */
#define MAX_CHANGES 32

struct group
{
  const char *dir;
  const char *user;
  const char *until;
  const char *why;
  uint64_t ends;                /* 0: none.  */
  size_t n;
  const char *change[MAX_CHANGES];      /* "+ops", "-dba".  */
};


/* "8h" from now, or a day (UTC), as --expires has it.  */
static int
take_until (struct group *opt)
{
  unsigned int seconds;
  time_t now = time (NULL);
  const char *end;
  struct tm tm;
  int day = 0;

  memset (&tm, 0, sizeof tm);
  if (!netspec_duration_parse (opt->until, &seconds) && seconds)
    opt->ends = (uint64_t)now + seconds;
  else if ((end = strptime (opt->until, "%Y-%m-%d", &tm)) && !*end)
    {
      day = tm.tm_mday;
      opt->ends = (uint64_t)timegm (&tm);
    }
  /* timegm makes a 31st of February the 3rd of March.  */
  if (!opt->ends || tm.tm_mday != day)
    return verb_usage ("group", "--until '%s' is not a time; write 8h, 2d or"
                       " 2027-01-31", opt->until);
  if (opt->ends <= (uint64_t)now)
    return verb_usage ("group", "--until %s is over already", opt->until);
  return -1;
}


/* -1: go on; else the exit code.  */
static int
check_changes (const struct group *opt)
{
  size_t i, k;
  bool more = false;

  for (i = 0; i < opt->n; i++)
    {
      if (!netspec_name_valid (opt->change[i] + 1,
                               strlen (opt->change[i] + 1)))
        return verb_usage ("group", "'%s' is not a group behind a + or -",
                           opt->change[i]);
      for (k = 0; k < i; k++)
        if (!strcmp (opt->change[i] + 1, opt->change[k] + 1))
          return verb_usage ("group", "%s is named twice",
                             opt->change[i] + 1);
      more = more || *opt->change[i] == '+';
    }
  if (opt->until && !more)
    return verb_usage ("group", "--until goes with a +GROUP");
  return -1;
}


static int
check_options (struct group *opt)
{
  int rc = -1;

  if (!opt->user)
    return verb_usage ("group", "one USER is needed");
  if (!opt->n)
    return verb_usage ("group", "nothing is to change; write +GROUP or"
                       " -GROUP");
  if (opt->why && (!*opt->why || strlen (opt->why) > MAX_WHY
                   || strchr (opt->why, '\n')
                   || !encode_is_clean (opt->why, strlen (opt->why))))
    return verb_usage ("group", "--why takes one line of 1 to %d bytes",
                       MAX_WHY);
  if (opt->until)
    rc = take_until (opt);
  return rc >= 0 ? rc : check_changes (opt);
}


/* A group behind a '-' is not an option: these words are taken out of ARGV
   first.  Returns how many are left.  */
static int
take_changes (struct group *opt, int argc, char **argv)
{
  int i, left = 1;

  for (i = 1; i < argc; i++)
    if ((*argv[i] == '+' || (*argv[i] == '-' && argv[i][1] != '-'))
        && argv[i][1] && opt->n < MAX_CHANGES)
      opt->change[opt->n++] = argv[i];
    else
      {
        argv[left++] = argv[i];
        /* What follows an option is its own.  */
        if ((!strcmp (argv[i], "--why") || !strcmp (argv[i], "--until")
             || !strcmp (argv[i], "--config")) && i + 1 < argc)
          argv[left++] = argv[++i];
      }
  argv[left] = NULL;
  return left;
}


/* -1: go on; else the exit code.  */
static int
parse_options (struct group *opt, int argc, char **argv)
{
  static const struct option options[] =
    {
      { "until", required_argument, NULL, 'u' },
      { "why", required_argument, NULL, 'w' },
      { "config", required_argument, NULL, 'c' },
      { "help", no_argument, NULL, 'h' },
      { NULL, 0, NULL, 0 }
    };
  int c;

  if (argc == 2 && !strcmp (argv[1], "-h"))
    return verb_help ("group");
  argc = take_changes (opt, argc, argv);
  while ((c = getopt_long (argc, argv, "", options, NULL)) != -1)
    switch (c)
      {
      case 'u': opt->until = optarg; break;
      case 'w': opt->why = optarg; break;
      case 'c': opt->dir = optarg; break;
      case 'h': return verb_help ("group");
      default: return verb_bad_option ("group", argv);
      }
  if (argc - optind > 1)
    return verb_usage ("group", "'%s' is not a group behind a + or -",
                       argv[optind + 1]);
  opt->user = argv[optind];
  return check_options (opt);
}


/* What the person has now, without what has ended; there is room for N
   more.  */
static gpg_error_t
copy_groups (const struct config_user *user, size_t n,
             struct roster_groups *groups)
{
  size_t i, most = user->groups.n + user->n_until + n;
  uint64_t now = (uint64_t)time (NULL);

  memset (groups, 0, sizeof *groups);
  groups->group = calloc (most, sizeof *groups->group);
  groups->ends = calloc (most, sizeof *groups->ends);
  if (!groups->group || !groups->ends)
    return gpg_error_from_syserror ();
  for (i = 0; i < user->groups.n; i++)
    groups->group[groups->n++] = user->groups.item[i];
  for (i = 0; i < user->n_until; i++)
    if (user->until[i].ends > now)
      {
        groups->ends[groups->n] = user->until[i].ends;
        groups->group[groups->n++] = user->until[i].group;
      }
  return 0;
}


/* The names are the configuration's, which is read anew.  */
static gpg_error_t
keep_names (struct roster_groups *groups)
{
  size_t i;

  for (i = 0; i < groups->n; i++)
    {
      groups->group[i] = strdup (groups->group[i]);
      if (!groups->group[i])
        {
          groups->n = i;
          return gpg_error_from_syserror ();
        }
    }
  return 0;
}


static void
release_groups (struct roster_groups *groups, bool names)
{
  size_t i;

  for (i = 0; names && i < groups->n; i++)
    free ((char *)groups->group[i]);
  free (groups->group);
  free (groups->ends);
}


static bool
ended (const struct config_user *user, const char *group)
{
  size_t i;

  for (i = 0; i < user->n_until; i++)
    if (!strcmp (user->until[i].group, group))
      return true;
  return false;
}


static gpg_error_t
leave_group (const struct config_user *user, const char *group, size_t at,
             struct roster_groups *groups)
{
  if (at == groups->n)
    {
      if (ended (user, group))
        return 0;               /* It goes with this.  */
      log_error ("group %s: they are not in %s", user->name, group);
      return gpg_error (GPG_ERR_NOT_FOUND);
    }
  groups->n--;
  memmove (groups->group + at, groups->group + at + 1,
           (groups->n - at) * sizeof *groups->group);
  memmove (groups->ends + at, groups->ends + at + 1,
           (groups->n - at) * sizeof *groups->ends);
  return 0;
}


static gpg_error_t
change_one (const struct group *opt, const struct config_user *user,
            const char *change, struct roster_groups *groups)
{
  size_t i;

  for (i = 0; i < groups->n && strcmp (groups->group[i], change + 1); i++)
    ;
  if (*change == '-')
    return leave_group (user, change + 1, i, groups);
  if (i < groups->n && opt->ends && !groups->ends[i])
    {
      log_error ("group %s: they are in %s without an end; take them out"
                 " first, with -%s", opt->user, change + 1, change + 1);
      return gpg_error (GPG_ERR_CONFLICT);
    }
  groups->group[i] = change + 1;
  groups->ends[i] = opt->ends;
  groups->n += i == groups->n;
  return 0;
}


/* For the audit: "+dba until 2027-01-31 08:00:00, -ops; TEXT".  */
static gpg_error_t
describe (const struct group *opt, char *text, size_t size)
{
  char when[TEXT_TIMELEN];
  size_t i, len = 0;

  for (i = 0; i < opt->n && len < size; i++)
    {
      len += (size_t)snprintf (text + len, size - len, "%s%s", i ? ", " : "",
                               opt->change[i]);
      if (opt->ends && *opt->change[i] == '+' && len < size)
        len += (size_t)snprintf (text + len, size - len, " until %s",
                                 text_time (opt->ends, when));
    }
  if (opt->why && len < size)
    len += (size_t)snprintf (text + len, size - len, "; %s", opt->why);
  if (len < size)
    return 0;
  log_error ("group %s: more than one row of the audit can tell; say less"
             " with --why, or change fewer groups at once", opt->user);
  return gpg_error (GPG_ERR_TOO_LARGE);
}


static bool
terms_name (const struct config_rule *terms, const char *group)
{
  size_t i;

  for (i = 0; i < terms->approval.n_lists; i++)
    if (strlist_has (terms->approval.list + i, group))
      return true;
  return strlist_has (&terms->groups, group);
}


/* A slip of the pen lets nobody in, and nobody sees why.  */
static void
warn_unknown (config_t config, const struct group *opt)
{
  const char *group;
  bool named;
  size_t i, k;

  for (i = 0; i < opt->n; i++)
    {
      group = opt->change[i] + 1;
      named = *opt->change[i] == '-';
      for (k = 0; !named && k < config->n_rules; k++)
        named = terms_name (config->rule + k, group);
      for (k = 0; !named && k < config->n_commands; k++)
        named = terms_name (&config->command[k].terms, group);
      if (!named)
        log_warn ("group %s: no rule and no command names the group %s",
                  opt->user, group);
    }
}


static void
tell (const struct group *opt, const struct roster_groups *groups)
{
  char when[TEXT_TIMELEN], *text = NULL;
  size_t i, len;
  FILE *fp = open_memstream (&text, &len);

  if (!fp)
    return;
  for (i = 0; i < groups->n; i++)
    {
      fprintf (fp, "%s%s", i ? ", " : "", groups->group[i]);
      if (groups->ends[i])
        fprintf (fp, " (until %s)", text_time (groups->ends[i], when));
    }
  if (!fclose (fp))
    log_info ("%s is in %s now", opt->user, *text ? text : "no group");
  free (text);
}


static gpg_error_t
write_groups (roster_t roster, const struct group *opt,
              const struct roster_groups *groups)
{
  const struct config_user *user = config_user_by_name (roster_config (roster),
                                                        opt->user);
  char fpr[NETSPEC_FPRLEN + 1], note[MAX_WHY + 1], *message = NULL;
  gpg_error_t err;

  memcpy (fpr, user->fpr, sizeof fpr);
  err = describe (opt, note, sizeof note);
  if (err)
    return err;
  err = roster_regroup (roster, opt->user, groups, &message);
  if (err)
    log_error ("group %s: %s", opt->user, message ? message
               : gpg_strerror (err));
  gpgrt_free (message);
  if (!err)
    err = roster_look_again (roster, "group", opt->user);
  if (err)
    return err;
  if (roster_reload (roster, &message))
    log_warn ("group %s: %s", opt->user, message);
  gpgrt_free (message);
  roster_note (roster, "group", opt->user, fpr, note);
  tell (opt, groups);
  warn_unknown (roster_config (roster), opt);
  return 0;
}


static gpg_error_t
change_groups (roster_t roster, const struct group *opt)
{
  const struct config_user *user = config_user_by_name (roster_config (roster),
                                                        opt->user);
  struct roster_groups groups;
  bool kept = false;
  gpg_error_t err;
  size_t i;

  if (!user)
    {
      log_error ("group %s: nobody of this name is enrolled", opt->user);
      return gpg_error (GPG_ERR_UNKNOWN_NAME);
    }
  if (roster_is_marked (roster_config (roster), opt->user))
    {
      log_error ("group %s: their revocation is not finished; 'postern-keys"
                 " revoke %s' does that", opt->user, opt->user);
      return gpg_error (GPG_ERR_EBUSY);
    }
  err = copy_groups (user, opt->n, &groups);
  for (i = 0; !err && i < opt->n; i++)
    err = change_one (opt, user, opt->change[i], &groups);
  if (!err)
    {
      err = keep_names (&groups);
      kept = true;
    }
  if (!err)
    err = write_groups (roster, opt, &groups);
  release_groups (&groups, kept);
  return err;
}


int
group_verb (int argc, char **argv)
{
  struct group opt = { .dir = POSTERN_SYSCONFDIR };
  char *message;
  gpg_error_t err;
  roster_t roster;
  int rc;

  rc = parse_options (&opt, argc, argv);
  if (rc >= 0)
    return rc;
  err = roster_open (opt.dir, &roster, &message);
  if (err)
    log_error ("group %s: %s", opt.user, message ? message
               : gpg_strerror (err));
  gpgrt_free (message);
  if (!err)
    err = change_groups (roster, &opt);
  roster_close (roster);
  return log_exit_code (err);
}
