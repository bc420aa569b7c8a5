"""What people do in a story: the studio, its customers, its reviewers, banks and strangers."""
