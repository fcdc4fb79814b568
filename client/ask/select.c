/* select.c - Which of the hosts that were joined are meant.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "select.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/log.h"
#include "../client-options.h"

/* What is to become of each host of the profile.  */
struct choice
{
  profile_t profile;
  const char *verb;
  bool *in;                     /* Chosen ...  */
  bool *by_name;                /* ... as such, and not by a pattern.  */
  bool *out;
  struct selection *selection;
};


bool
select_is_pattern (const char *text)
{
  return strpbrk (text, "*?[!") != NULL;
}


/* Report that no host is called NAME, and suggest the closest name.  */
static void
say_unknown (profile_t profile, const char *verb, const char *name)
{
  const struct profile_host *host = profile_by_address (profile, name);
  const char *nearest = profile_nearest (profile, name);

  if (!profile_count (profile))
    log_error ("%s: no host '%s': you have not joined one yet; 'postern join"
               " FILE' reads an invite", verb, name);
  else if (host)
    log_error ("%s: '%s' is the address of '%s'; use that name (%%n instead"
               " of %%h in ssh_config)", verb, name, host->name);
  else if (nearest)
    log_error ("%s: no host '%s' was joined; did you mean '%s'?", verb, name,
               nearest);
  else
    log_error (strspn (name, "0123456789-,") == strlen (name)
               ? "%s: no host '%s' was joined; ports are written like tcp/22"
               : "%s: no host '%s' was joined; 'postern hosts' lists them",
               verb, name);
}


const struct profile_host *
select_one (profile_t profile, const char *verb, const char *name)
{
  const struct profile_host *host = profile_find (profile, name);

  if (!host)
    say_unknown (profile, verb, name);
  return host;
}


int
select_open (const char *verb, const struct options *options,
             profile_t *r_profile, const struct profile_host **r_host)
{
  int rc = profile_open_for (verb, options->config, false, r_profile);

  *r_host = NULL;
  if (rc < 0)
    *r_host = select_one (*r_profile, verb, options->arg[0]);
  return rc < 0 && !*r_host ? EX_NOHOST : rc;
}


static size_t
index_of (const struct choice *c, const struct profile_host *host)
{
  return (size_t) (host - profile_get (c->profile, 0));
}


static void
add_selected (struct choice *c, const struct profile_host *host)
{
  size_t i = index_of (c, host);

  if (!c->in[i])
    c->selection->host[c->selection->n++] = host;
  c->in[i] = true;
}


static int
take_host_name (struct choice *c, const char *name)
{
  const struct profile_host *host = select_one (c->profile, c->verb, name);
  size_t i;

  if (!host)
    return EX_NOHOST;
  i = index_of (c, host);
  if (c->by_name[i])
    {
      log_error ("%s: host '%s' is named twice", c->verb, name);
      return EX_USAGE;
    }
  c->by_name[i] = true;
  add_selected (c, host);
  return -1;
}


/* Add all that PATTERN matches, or with OUT mark them.  */
static int
take_pattern (struct choice *c, const char *pattern, bool out)
{
  const struct profile_host *host;
  bool any = false;
  size_t i;

  for (i = 0; (host = profile_get (c->profile, i)); i++)
    {
      if (fnmatch (pattern, host->name, FNM_NOESCAPE))
        continue;
      any = true;
      if (out)
        c->out[i] = true;
      else
        add_selected (c, host);
    }
  if (any)
    return -1;
  log_error ("%s: no host that was joined matches '%s'; 'postern hosts'"
             " lists them",
             c->verb, pattern);
  return EX_NOHOST;
}


static int
take_host_argument (struct choice *c, const char *arg)
{
  if (strchr (arg, '/'))
    return -1;
  if (*arg != '!')
    return select_is_pattern (arg) ? take_pattern (c, arg, false)
      : take_host_name (c, arg);
  arg++;
  if (!select_is_pattern (arg) && !select_one (c->profile, c->verb, arg))
    return EX_NOHOST;
  return take_pattern (c, arg, true);
}


/* Take the hosts out that are to be left out.  */
static int
leave_out (struct choice *c)
{
  struct selection *s = c->selection;
  size_t i, n = 0, before = s->n;

  for (i = 0; i < s->n; i++)
    if (!c->out[index_of (c, s->host[i])])
      s->host[n++] = s->host[i];
  s->n = n;
  if (n)
    return -1;
  if (before)
    return kit_usage (c->verb, "the arguments with '!' leave no host");
  return kit_usage (c->verb, "no host is named");
}


int
select_hosts (profile_t profile, const char *verb, char *const *arg, int n,
              struct selection *r_selection)
{
  size_t count = profile_count (profile);
  struct choice c = { profile, verb, NULL, NULL, NULL, r_selection };
  bool *flags = calloc (3 * count + 1, sizeof *flags);
  int i, rc = -1;

  memset (r_selection, 0, sizeof *r_selection);
  r_selection->host = calloc (count + 1, sizeof *r_selection->host);
  if (!flags || !r_selection->host)
    {
      log_error ("%s: out of memory", verb);
      free (flags);
      return EX_OSERR;
    }
  c.in = flags;
  c.by_name = flags + count;
  c.out = flags + 2 * count;
  for (i = 0; i < n && rc < 0; i++)
    rc = take_host_argument (&c, arg[i]);
  if (rc < 0)
    rc = leave_out (&c);
  free (flags);
  return rc;
}


int
select_hosts_or_all (profile_t profile, const char *verb, char *const *arg,
                     int n, struct selection *r_selection)
{
  static char every_host[] = "*";
  char *const all[] = { every_host };

  return n ? select_hosts (profile, verb, arg, n, r_selection)
    : select_hosts (profile, verb, all, 1, r_selection);
}


void
select_release (struct selection *selection)
{
  free (selection->host);
  selection->host = NULL;
  selection->n = 0;
}
