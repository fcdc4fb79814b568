/* text-cases.h - What the tests of request, reply and invite share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_TEXT_CASES_H
#define POSTERN_TEXT_CASES_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* NULL where the text is taken, else why it is refused.  */
typedef const char *(*text_judge_t) (const void *text, size_t len);

/* A change of a good text: the first OLD becomes NEW.  WHY begins the
   reason for which it is refused then; NULL: it is taken.  */
struct text_case
{
  const char *old;
  const char *new;
  const char *why;
};


/* GOOD with OLD replaced by NEW; free.  */
static inline char *
text_replace (const char *good, const char *old, const char *new)
{
  const char *at = strstr (good, old);
  size_t head, size = strlen (good) + strlen (new) + 1;
  char *text = malloc (size);

  ck_assert_ptr_nonnull (text);
  ck_assert_msg (at != NULL, "'%s' is not in the good text", old);
  head = (size_t)(at - good);
  memcpy (text, good, head);
  memcpy (text + head, new, strlen (new));
  memcpy (text + head + strlen (new), at + strlen (old),
          strlen (at + strlen (old)) + 1);
  return text;
}


static inline void
text_check (text_judge_t judge, const char *text, size_t len,
            const char *why, const char *what)
{
  const char *got = judge (text, len);

  if (!why)
    ck_assert_msg (!got, "%s: refused: %s", what, got);
  else
    ck_assert_msg (got && !strncmp (got, why, strlen (why)),
                   "%s: '%s', not '%s'", what, got ? got : "taken", why);
}


static inline void
text_check_cases (text_judge_t judge, const char *good,
                  const struct text_case *cases, size_t n)
{
  size_t i;
  char *text;

  text_check (judge, good, strlen (good), NULL, "the good text");
  for (i = 0; i < n; i++)
    {
      text = text_replace (good, cases[i].old, cases[i].new);
      text_check (judge, text, strlen (text), cases[i].why, cases[i].new);
      free (text);
    }
}


/* Each beginning of GOOD is refused, but from LEAST bytes on, where only
   optional lines follow, those that end with a line.  */
static inline void
text_check_truncated (text_judge_t judge, const char *good, size_t least)
{
  size_t len;
  char *copy;

  for (len = 0; len < strlen (good); len++)
    {
      copy = malloc (len + 1);
      ck_assert_ptr_nonnull (copy);
      memcpy (copy, good, len);
      if (len < least || good[len - 1] != '\n')
        ck_assert_msg (judge (copy, len) != NULL, "cut to %zu", len);
      else
        ck_assert_msg (!judge (copy, len), "cut to %zu", len);
      free (copy);
    }
}


/* No changed byte does harm; at most places it makes the text bad.  */
static inline void
text_check_flipped (text_judge_t judge, const char *good)
{
  size_t i, len = strlen (good);
  unsigned int bit;
  char *copy = strdup (good);

  ck_assert_ptr_nonnull (copy);
  for (i = 0; i < len; i++)
    for (bit = 0; bit < 8; bit++)
      {
        copy[i] = (char)(good[i] ^ (1 << bit));
        judge (copy, len);
        copy[i] = good[i];
      }
  text_check (judge, copy, len, NULL, "all put back");
  free (copy);
}


/* What holds for each of the texts.  */
static inline void
text_check_common (text_judge_t judge, const char *good)
{
  static const char none[] = "a line is not", clean[] = "control, hidden";
  const struct text_case cases[] = {
    { "\n", "\r\n", clean },
    { "\n", "\n\n", none },
    { ": 1\n", ": 1\n\n", none },
    { ": 1\n", ":1\n", none },
    { ": 1\n", "\n", none },
    { ": 1\n", ": 1\nname: x\n", "a line has an unknown name" },
    { ": 1\n", ": 1\n: x\n", "a line has an unknown name" },
    { ": 1\n", ": 1\nTime: 1\n", "a line has an unknown name" },
    { ": 1\n", ": 1\t\n", clean },
    { ": 1\n", ": 1\x7f\n", clean },
    { ": 1\n", ": 1\xc2\x85\n", clean },
    { ": 1\n", ": 1\xe2\x80\xae\n", clean },
    { ": 1\n", ": 1\xe2\x81\xa6\n", clean },
    { ": 1\n", ": 1\xff\n", clean },
    { ": 1\n", ": 1\xc0\x80\n", clean },
    { ": 1\n", ": 2\n", "postern-" },
    { ": 1\n", ": 01\n", "postern-" },
    { ": 1\n", ":  1\n", "postern-" },
    { ": 1\n", ": 1 \n", "postern-" },
    { "postern-", "\xef\xbb\xbfpostern-", clean },
    { ": 1\n", ": 1\xe2\x80\x8b\n", clean }
  };
  size_t len = strlen (good);

  text_check_cases (judge, good, cases, sizeof cases / sizeof cases[0]);
  text_check (judge, good, len - 1, "the last line", "no end");
  text_check (judge, good, len + 1, "the last line", "a NUL more");
  text_check (judge, good, 0, "the last line", "empty");
  text_check (judge, "\n", 1, none, "an empty line");
  text_check_flipped (judge, good);
}

#endif /*POSTERN_TEXT_CASES_H*/
