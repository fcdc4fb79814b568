/* rate.c - How many requests a person may make.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A token is as many units as there are microseconds in the time of the
 * rate, so that each microsecond brings a whole number of them.  */

#include "rate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"

struct bucket
{
  char fpr[NETSPEC_FPRLEN + 1]; /* Empty: free.  */
  int64_t left;                 /* Units, at AT.  */
  int64_t at;
};

struct rate_s
{
  int64_t token, full;          /* Units; FULL 0: no limit.  */
  int64_t pace;                 /* Units in a microsecond.  */
  struct bucket bucket[RATE_SIGNERS];
};


gpg_error_t
rate_new (const struct conf_rate *limits, rate_t *r_rate)
{
  rate_t rate = calloc (1, sizeof *rate);

  *r_rate = rate;
  if (!rate)
    return gpg_error_from_syserror ();
  rate->token = limits->seconds * (int64_t)CLOCK_SECOND;
  rate->full = limits->burst * rate->token;
  rate->pace = limits->n;
  return 0;
}


void
rate_release (rate_t rate)
{
  free (rate);
}


static int64_t
level_of (rate_t rate, const struct bucket *bucket, int64_t boot)
{
  int64_t passed = boot - bucket->at, missing = rate->full - bucket->left;

  if (!*bucket->fpr || passed > missing / rate->pace)
    return rate->full;
  return bucket->left + (passed > 0 ? passed * rate->pace : 0);
}


/* FPR's, or the one that is missed least.  */
static struct bucket *
find_bucket (rate_t rate, const char *fpr, int64_t boot)
{
  struct bucket *bucket, *fullest = rate->bucket;
  int64_t most = -1, n;
  size_t i;

  for (i = 0; i < RATE_SIGNERS; i++)
    {
      bucket = rate->bucket + i;
      if (!strcmp (bucket->fpr, fpr))
        return bucket;
      n = level_of (rate, bucket, boot);
      if (n > most)
        {
          most = n;
          fullest = bucket;
        }
    }
  return fullest;
}


bool
rate_take (rate_t rate, const char *fpr, int64_t boot)
{
  struct bucket *bucket;

  if (!rate->full)
    return true;
  bucket = find_bucket (rate, fpr, boot);
  bucket->left = strcmp (bucket->fpr, fpr)
    ? rate->full : level_of (rate, bucket, boot);
  bucket->at = boot;
  snprintf (bucket->fpr, sizeof bucket->fpr, "%s", fpr);
  if (bucket->left < rate->token)
    return false;
  bucket->left -= rate->token;
  return true;
}
