"""What a model has before its first step: learned statistics, published weights."""
